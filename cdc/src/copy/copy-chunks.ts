// The first load: parts of tables read by COPY under one exported snapshot, by several workers at once, their bytes handed to a
// COPY on the target as they come. Nothing in between looks at a value. Each part is one target transaction, which also notes
// that the part is done.

import { pipeline } from "node:stream/promises";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { formatTable, quoteName } from "../postgres/quote.ts";
import { closeSession, type Session } from "../postgres/session.ts";
import { PositionMovedError } from "../errors.ts";
import { moveChunk, type ChunkWork, type CopyChunk } from "./chunk-store.ts";
import { copyRounds, copyTarget } from "./part-rows.ts";
import { partRowsSql, placeSql } from "./rows-sql.ts";

export type CopyOptions = {
  stream: string;
  tables: readonly ResolvedTable[];
  /** In the order in which they are begun. */
  chunks: readonly CopyChunk[];
  /** The exported snapshot that every part is read under. */
  snapshot: string;
  workers: number;
  openSource: () => Promise<Session>;
  openTarget: () => Promise<Session>;
  onChunk: (chunk: CopyChunk, copied: Copied) => void;
  signal: AbortSignal;
};

export type Copied = { rows: number; bytes: number };

/** Copies all parts. Throws what stopped it; those that were done are noted as done. */
export async function copyChunks(options: CopyOptions): Promise<void> {
  const waiting = options.chunks.filter(({ isDone }) => !isDone);
  const rounds = copyRounds(waiting, (chunk) => tableOf(options.tables, chunk));
  // All workers take the snapshot before any of them copies: it ends with the session that exported it.
  const pairs = await openPairs(options, Math.min(options.workers, waiting.length));
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const work = async (pair: Pair, queue: CopyChunk[]) => {
    for (let chunk = queue.shift(); chunk !== undefined; chunk = queue.shift()) {
      options.onChunk(chunk, await copyChunk(options, pair, chunk, signal));
    }
  };
  try {
    for (const queue of rounds) {
      const ended = pairs.map((pair) =>
        work(pair, queue).catch((error: unknown) => {
          failed.abort();
          throw error;
        }),
      );
      await firstFailure(ended);
    }
  } finally {
    await closePairs(pairs);
  }
}

// --- internal ---

type Pair = { source: Session; target: Session };

// What went wrong first is the reason; the others only broke off because of it.
async function firstFailure(ended: readonly Promise<void>[]): Promise<void> {
  try {
    await Promise.all(ended);
  } finally {
    await Promise.allSettled(ended);
  }
}

async function openPairs(options: CopyOptions, count: number): Promise<Pair[]> {
  const opened = await Promise.allSettled(Array.from({ length: count }, () => openPair(options)));
  const pairs = opened.filter((each) => each.status === "fulfilled").map(({ value }) => value);
  const failed = opened.find((each) => each.status === "rejected");
  if (failed === undefined) return pairs;
  await closePairs(pairs);
  throw failed.reason;
}

async function closePairs(pairs: readonly Pair[]): Promise<void> {
  await Promise.all(pairs.flatMap(({ source, target }) => [closeSession(source), closeSession(target)]));
}

async function openPair({ openSource, openTarget, snapshot }: CopyOptions): Promise<Pair> {
  const source = await openSource();
  try {
    await source.query("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    await source.query(`SET TRANSACTION SNAPSHOT '${snapshot.replaceAll("'", "''")}'`);
    return { source, target: await openTarget() };
  } catch (error) {
    await closeSession(source);
    throw error;
  }
}

async function copyChunk(
  { stream, tables }: CopyOptions,
  { source, target }: Pair,
  chunk: CopyChunk,
  signal: AbortSignal,
): Promise<Copied> {
  const table = tableOf(tables, chunk);
  if (table === undefined || chunk.work.kind !== "blocks") return { rows: 0, bytes: 0 };
  await target.query("BEGIN");
  const copied = await pipe(source, target, table, chunk.work, signal);
  const moved = await moveChunk(target, stream, chunk.number, { ...copied, place: undefined, isDone: true });
  if (!moved) throw new PositionMovedError(stream);
  await target.query("COMMIT");
  return copied;
}

function tableOf(tables: readonly ResolvedTable[], chunk: CopyChunk): ResolvedTable | undefined {
  return tables.find(({ from, to }) => formatTable(from) === chunk.source && formatTable(to) === chunk.target);
}

async function pipe(
  source: Session,
  target: Session,
  table: ResolvedTable,
  work: Extract<ChunkWork, { kind: "blocks" }>,
  signal: AbortSignal,
): Promise<Copied> {
  const form = `(FORMAT ${work.format})`;
  const names = table.columns.map(({ name }) => quoteName(name)).join(", ");
  const into = copyTarget(table);
  for (const sql of into.before) await target.query(sql);
  const outgoing = source.query(copyTo(`COPY (${chunkSql(table, work)}) TO STDOUT ${form}`));
  const incoming = target.query(copyFrom(`COPY ${into.table} (${names}) FROM STDIN ${form}`));
  let bytes = 0;
  outgoing.on("data", (part: Buffer) => {
    bytes += part.length;
  });
  await pipeline(outgoing, incoming, { signal });
  for (const sql of into.after) await target.query(sql);
  return { rows: incoming.rowCount, bytes };
}

function chunkSql(table: ResolvedTable, { part, blocks }: Extract<ChunkWork, { kind: "blocks" }>): string {
  const values = table.columns.map(({ sourceSql }) => sourceSql).join(", ");
  const place = placeSql(table);
  const conditions = [
    ...(blocks.first === 0 ? [] : [`${place} >= '(${blocks.first},0)'::pg_catalog.tid`]),
    ...(blocks.end === undefined ? [] : [`${place} < '(${blocks.end},0)'::pg_catalog.tid`]),
  ];
  return `SELECT ${values} ${partRowsSql(table, part, conditions)}`;
}
