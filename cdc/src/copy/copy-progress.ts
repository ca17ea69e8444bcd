// How far a copy has come, for people.

import type { CopyChunk } from "./chunk-store.ts";

export type TableProgress = {
  /** The target's table. */
  table: string;
  state: "waiting" | "copying" | "done";
  rows: number;
  bytes: number;
  /** What the source's statistics promised; the rows themselves once the table is done. */
  estimatedRows: number;
  /** Of the table's parts, those that are done: 0 to 1. */
  share: number;
};

export type CopyStatus = {
  tables: readonly TableProgress[];
  rows: number;
  bytes: number;
  /** 0 to 1, by estimated rows. */
  share: number;
  /** At the pace so far; null before there is one, 0 when all is done. */
  remainingSeconds: number | null;
};

/** Sums parts up by table. `seconds`: how long it took to come from `shareBefore` to where it is. Pure. */
export function describeCopy(chunks: readonly CopyChunk[], seconds: number, shareBefore = 0): CopyStatus {
  const targets = [...new Set(chunks.map(({ target }) => target))];
  const tables = targets.map((target) =>
    describeTable(
      target,
      chunks.filter((chunk) => chunk.target === target),
    ),
  );
  const share = weighted(chunks);
  const pace = (share - shareBefore) / Math.max(seconds, 0.001);
  return {
    tables,
    rows: sum(tables.map(({ rows }) => rows)),
    bytes: sum(tables.map(({ bytes }) => bytes)),
    share,
    remainingSeconds: share === 1 ? 0 : pace > 0 ? Math.ceil((1 - share) / pace) : null,
  };
}

export type CopyProgress = {
  /** Notes that a part has come further, or is planned anew. */
  update: (chunk: CopyChunk) => void;
  status: () => CopyStatus;
};

export function trackCopy(chunks: readonly CopyChunk[], now: () => number = () => performance.now()): CopyProgress {
  const all = new Map(chunks.map((chunk) => [chunk.number, chunk]));
  const startedAt = now();
  const shareBefore = weighted(chunks);
  return {
    update: (chunk) => all.set(chunk.number, chunk),
    status: () => describeCopy([...all.values()], (now() - startedAt) / 1000, shareBefore),
  };
}

// --- internal ---

function describeTable(table: string, chunks: readonly CopyChunk[]): TableProgress {
  const rows = sum(chunks.map((chunk) => chunk.rows));
  const isDone = chunks.every((chunk) => chunk.isDone);
  const isBegun = chunks.some((chunk) => chunk.isDone || chunk.rows > 0);
  const estimated = sum(chunks.map(({ estimatedRows }) => estimatedRows));
  return {
    table,
    state: isDone ? "done" : isBegun ? "copying" : "waiting",
    rows,
    bytes: sum(chunks.map(({ bytes }) => bytes)),
    estimatedRows: isDone ? rows : Math.max(estimated, rows),
    share: weighted(chunks),
  };
}

// A part that is under way counts by its rows, but never as done.
function weighted(chunks: readonly CopyChunk[]): number {
  if (chunks.every(({ isDone }) => isDone)) return 1;
  const weight = ({ estimatedRows }: CopyChunk) => Math.max(estimatedRows, 1);
  const done = chunks.map((chunk) => (chunk.isDone ? weight(chunk) : Math.min(chunk.rows, weight(chunk) * 0.99)));
  return sum(done) / sum(chunks.map(weight));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
