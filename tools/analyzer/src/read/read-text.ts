import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../facts.ts";

const MOST_BYTES = 1_500_000;

/** The text of a file, or the reason why it is left out. */
export function readText(root: string, path: string): { text: string } | { problem: Problem } {
  try {
    const bytes = readFileSync(join(root, path));
    if (bytes.length > MOST_BYTES) {
      return refuse(path, `${megabytes(bytes.length)} MB, more than the ${megabytes(MOST_BYTES)} MB that people write`);
    }
    // A NUL byte early in the file: UTF-16 or something that is no text at all.
    if (bytes.subarray(0, 8192).includes(0)) return refuse(path, "it is binary");
    return { text: bytes.toString("utf8").replace(/^\uFEFF/, "") };
  } catch (error) {
    return refuse(path, error instanceof Error && "code" in error ? String(error.code) : "unknown reason");
  }
}

// --- internal ---

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

function refuse(file: string, why: string): { problem: Problem } {
  return { problem: { file, line: null, reason: `the file is left out: ${why}` } };
}
