import { readFileSync } from "node:fs";
import type { PageAssets } from "../report/html/html.ts";

/** The page's style and script, as they lie in the package. */
export function readPageAssets(): PageAssets {
  const read = (name: string): string => readFileSync(new URL(`../../assets/${name}`, import.meta.url), "utf8");
  return { style: read("report.css"), script: read("report.js") };
}
