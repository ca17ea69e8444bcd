import { createReadStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { errorCode } from "@strangler/platform";
import { RoutesNotWritableError } from "../../errors.ts";
import type { LogEnd } from "../audit/chain.ts";
import { CHAIN_START, endOf, parseEntry, type AuditEntry } from "../audit/entry.ts";

/** `routes.audit.jsonl` beside `routes.yaml`. */
export function auditFileOf(routesFile: string): string {
  const { dir, name } = path.parse(routesFile);
  return path.join(dir, `${name}.audit.jsonl`);
}

/** The end of the log. */
export async function readLogEnd(file: string): Promise<LogEnd> {
  const line = await readLastLine(file);
  if (line === undefined) return { end: CHAIN_START, last: undefined };
  const last = parseEntry(line);
  if (last) return { end: { seq: last.seq, hash: last.hash }, last };
  return { end: endOf(line, await countLines(file)), last: undefined };
}

/**
 * Adds a line at the end, durably. Of a line cut off by a crash nothing is left: it never was an entry. Throws
 * RoutesNotWritableError.
 */
export async function appendLine(file: string, line: string): Promise<void> {
  try {
    const handle = await open(file, "a+", 0o640);
    try {
      const { size } = await handle.stat();
      const whole = await endOfLastWholeLine(handle, size);
      if (whole < size) await handle.truncate(whole);
      await handle.appendFile(`${line}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new RoutesNotWritableError(file, error);
  }
}

/** Every line, oldest first, a last one that is cut off too. A log that is not there has none. */
export async function* auditFileLines(file: string): AsyncIterable<string> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let from = 0;
      for (let newline = bytes.indexOf(NEWLINE); newline !== -1; newline = bytes.indexOf(NEWLINE, from)) {
        yield bytes.toString("utf8", from, newline);
        from = newline + 1;
      }
      rest = bytes.subarray(from);
    }
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
  if (rest.length > 0) yield rest.toString("utf8");
}

/** Entries, newest first; damaged lines are left out. */
export async function* newestEntries(file: string): AsyncIterable<AuditEntry> {
  for await (const line of linesBackwards(file)) {
    const entry = parseEntry(line);
    if (entry) yield entry;
  }
}

// --- internal ---

const BLOCK = 65_536;
const NEWLINE = 10;

async function readLastLine(file: string): Promise<string | undefined> {
  for await (const line of linesBackwards(file)) return line;
  return undefined;
}

async function countLines(file: string): Promise<number> {
  let lines = 0;
  for await (const line of auditFileLines(file)) lines += line === "" ? 0 : 1;
  return lines;
}

/** Whole lines from the last to the first, read in blocks: a page of a long log does not cost the whole log. */
async function* linesBackwards(file: string): AsyncIterable<string> {
  const handle = await open(file, "r").catch((error: unknown) => {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  });
  if (handle === undefined) return;
  try {
    let from = await endOfLastWholeLine(handle, (await handle.stat()).size);
    // Blocks that hold parts of the line whose beginning has not been read yet, the earlier first.
    let parts: Buffer[] = [];
    while (from > 0) {
      const length = Math.min(BLOCK, from);
      from -= length;
      const block = await readBlock(handle, from, length);
      let end = block.length;
      for (let newline = block.lastIndexOf(NEWLINE); newline !== -1; newline = lastNewlineBefore(block, newline)) {
        const line = Buffer.concat([block.subarray(newline + 1, end), ...parts]);
        if (line.length > 0) yield line.toString("utf8");
        parts = [];
        end = newline;
      }
      parts = [block.subarray(0, end), ...parts];
    }
    const first = Buffer.concat(parts);
    if (first.length > 0) yield first.toString("utf8");
  } finally {
    await handle.close();
  }
}

function lastNewlineBefore(block: Buffer, position: number): number {
  return position === 0 ? -1 : block.lastIndexOf(NEWLINE, position - 1);
}

async function readBlock(handle: FileHandle, from: number, length: number): Promise<Buffer> {
  const block = Buffer.alloc(length);
  const { bytesRead } = await handle.read(block, 0, length, from);
  return block.subarray(0, bytesRead);
}

/** The offset behind the last newline; 0 when there is none. */
async function endOfLastWholeLine(handle: FileHandle, size: number): Promise<number> {
  for (let from = size; from > 0;) {
    const length = Math.min(BLOCK, from);
    from -= length;
    const newline = (await readBlock(handle, from, length)).lastIndexOf(NEWLINE);
    if (newline !== -1) return from + newline + 1;
  }
  return 0;
}
