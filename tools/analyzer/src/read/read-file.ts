import type { Problem } from "../facts.ts";
import type { SourceFacts } from "../source-facts.ts";
import { readText } from "./read-text.ts";
import { extractSql } from "./sql/extract-sql.ts";
import { extract } from "./syntax/extract.ts";

/** One file, read by itself. */
export type FileReading = { facts: SourceFacts } | { problem: Problem };

/** As text, so that it is the same value whether it comes from this thread, from another one or from the cache. */
export type StoredReading = {
  /** Of the file's bytes. */
  hash: string;
  /** A FileReading as JSON; null where the code is nested too deeply for this thread's stack. */
  json: string | null;
};

/** What becomes of a file that no stack is deep enough for. */
export function tooDeep(path: string): FileReading {
  return { problem: { file: path, line: null, reason: "the file is left out: its code is nested too deeply" } };
}

/** Reads one file. Never throws: what goes wrong becomes a problem of the file. */
export function readFile(root: string, path: string): StoredReading {
  const read = readText(root, path);
  if ("refused" in read) return { hash: read.hash, json: refuse(path, read.refused) };
  try {
    const facts = path.endsWith(".sql") ? extractSql(path, read.text) : extract(path, read.text);
    return { hash: read.hash, json: store({ facts }) };
  } catch (error) {
    if (error instanceof RangeError && /call stack/i.test(error.message)) return { hash: read.hash, json: null };
    return {
      hash: read.hash,
      json: refuse(path, `reading it failed (${error instanceof Error ? error.message : "?"})`),
    };
  }
}

// --- internal ---

function refuse(file: string, why: string): string {
  return store({ problem: { file, line: null, reason: `the file is left out: ${why}` } });
}

function store(reading: FileReading): string {
  return JSON.stringify(reading);
}
