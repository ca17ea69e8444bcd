import type { Analysis } from "../analysis.ts";

/** One JSON document with a newline at its end. Equal analyses give equal bytes. */
export function renderJson(analysis: Analysis): string {
  return `${JSON.stringify(analysis, null, 2)}\n`;
}
