// Writes docs/export.md and the exports of plan/routes.yaml in deploy/ anew; a test says when they are out of date.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { exportedFiles } from "./exported-files.ts";

const root = path.resolve(import.meta.dirname, "..");
for (const { name, text } of await exportedFiles(root)) {
  await mkdir(path.dirname(path.join(root, name)), { recursive: true });
  await writeFile(path.join(root, name), text);
}
