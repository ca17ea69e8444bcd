import { hash } from "node:crypto";
import { join } from "node:path";
import { openFramedFile, writeFramedFile } from "./framed-file.ts";

/** The answer to a question under a key that changes with everything the answer depends on; null where there is none. */
export function findResult(folder: string | null, question: string, key: string): unknown {
  const file = folder === null ? null : openFramedFile(fileOf(folder, question));
  if (!file || file.header !== key) return null;
  const body = file.readBody();
  return body && JSON.parse(body.toString("utf8"));
}

/** Only the newest answer is kept. */
export function saveResult(folder: string, question: string, key: string, result: unknown): void {
  writeFramedFile(fileOf(folder, question), key, [Buffer.from(JSON.stringify(result))]);
}

// --- internal ---

function fileOf(folder: string, question: string): string {
  return join(folder, `result-${hash("sha256", question).slice(0, 16)}`);
}
