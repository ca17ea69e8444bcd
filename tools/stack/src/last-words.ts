import { readFile } from "node:fs/promises";

const LINES = 3;
const LONGEST = 400;

/** The last few lines of a log file, as one line for an error's sentence. */
export async function lastWords(log: string): Promise<string> {
  const text = await readFile(log, "utf8").catch(() => "");
  const lines = text.trimEnd().split("\n").slice(-LINES);
  const words = lines.join(" | ").slice(-LONGEST).trim();
  return words === "" ? "none." : words;
}
