import { open, stat } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import type { Log } from "./list-logs.ts";

export type LogLine = { name: string; text: string };

/** The last lines of a log, oldest first. Reads from the end, so that a long log costs no more than a short one. */
export async function readLastLines({ name, file }: Log, count: number): Promise<LogLine[]> {
  const size = await sizeOf(file);
  const chunk = await readRange(file, Math.max(0, size - count * LONGEST_LINE_BYTES), size);
  return linesOf(chunk)
    .slice(-count)
    .map((text) => ({ name, text }));
}

/** Hands on every line written from now on, until the signal. A log that begins anew is followed from its beginning. */
export async function followLogs(
  logs: readonly Log[],
  onLine: (line: LogLine) => void,
  signal: AbortSignal,
): Promise<void> {
  const positions = new Map<string, number>();
  for (const { file } of logs) positions.set(file, await sizeOf(file));
  while (!signal.aborted) {
    for (const { name, file } of logs) {
      const size = await sizeOf(file);
      const known = positions.get(file) ?? 0;
      const from = known > size ? 0 : known;
      const chunk = await readRange(file, from, size);
      // A line still being written is left for the next look.
      const whole = chunk.slice(0, chunk.lastIndexOf("\n") + 1);
      positions.set(file, from + Buffer.byteLength(whole));
      for (const text of linesOf(whole)) onLine({ name, text });
    }
    await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

// --- internal ---

const LONGEST_LINE_BYTES = 4_096;
const LOOK_EVERY_MS = 200;

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

async function readRange(file: string, from: number, to: number): Promise<string> {
  if (to <= from) return "";
  const handle = await open(file, "r");
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(to - from), position: from });
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function linesOf(chunk: string): string[] {
  return chunk.split("\n").filter((line) => line !== "");
}
