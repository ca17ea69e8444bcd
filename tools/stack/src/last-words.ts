import { readFile } from "node:fs/promises";

const LINES = 3;
const LONGEST = 400;

export type LogPart = {
  log: string;
  /** Where in the log this program's words begin, in bytes; what stands before was said by an earlier start. */
  logFrom: number;
};

/** What a program said last, as one line for an error's sentence. */
export async function lastWords({ log, logFrom }: LogPart): Promise<string> {
  const bytes = await readFile(log).catch(() => Buffer.alloc(0));
  return pickLastWords(bytes.subarray(logFrom).toString("utf8"));
}

/** The line that names the error, where there is one: below it stand a stack and the version of Node. Else the last few lines. Pure. */
export function pickLastWords(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const named = lines.findLast((line) => /^\w*error\b.*: /i.test(line));
  const words = (named ?? lines.slice(-LINES).join(" | ")).trim().slice(-LONGEST);
  if (words === "") return "none.";
  return /[.!?]$/.test(words) ? words : `${words}.`;
}
