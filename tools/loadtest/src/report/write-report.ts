import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Comparison } from "../compare/comparison.ts";
import { renderHtml } from "./html.ts";
import { renderMarkdown } from "./text.ts";

export type ReportFiles = { html: string; json: string; markdown: string };

/** Writes `compare-<time>.html`, `.json` and `.md` into the directory, which is made if missing, and names them. */
export async function writeReport(directory: string, comparison: Comparison): Promise<ReportFiles> {
  await mkdir(directory, { recursive: true });
  const time = comparison.circumstances.startedAt.slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  const file = (extension: string) => path.join(directory, `compare-${time}.${extension}`);
  const files = { html: file("html"), json: file("json"), markdown: file("md") };
  await Promise.all([
    writeFile(files.html, renderHtml(comparison)),
    writeFile(files.json, `${JSON.stringify(comparison)}\n`),
    writeFile(files.markdown, renderMarkdown(comparison)),
  ]);
  return files;
}
