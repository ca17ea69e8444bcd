import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { exportedFiles } from "../../exported-files.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");

describe("docs/export.md and the exports in deploy/", () => {
  test("are those of today: run `npm run exports -w proxy` when this fails", async () => {
    const files = await exportedFiles(ROOT);

    const committed = await Promise.all(
      files.map(async ({ name }) => ({ name, text: await readFile(path.join(ROOT, name), "utf8").catch(() => "") })),
    );

    expect(committed).toEqual(files);
  });
});
