// The first load: every table read by COPY under one exported snapshot, its bytes handed to a COPY on the target as they come.
// Nothing in between looks at a value.

import { pipeline } from "node:stream/promises";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { formatTable, quoteName, quoteTable } from "../postgres/quote.ts";
import { copyRounds, copyTarget } from "./part-rows.ts";
import { closeSession, type Session } from "../postgres/session.ts";

export type CopyOptions = {
  tables: readonly ResolvedTable[];
  /** The exported snapshot that every table is read under. */
  snapshot: string;
  /** How many tables travel at once. */
  workers: number;
  openSource: () => Promise<Session>;
  openTarget: () => Promise<Session>;
  onTable: (copied: { table: string; rows: number; ms: number }) => void;
  signal: AbortSignal;
};

/** Copies all tables, the largest first. Throws what stopped it; tables may then be partly filled. */
export async function copyTables(options: CopyOptions): Promise<void> {
  const waiting = await largestFirst(options);
  const workers = Math.min(options.workers, waiting.length);
  // All workers take the snapshot before any of them copies: it ends with the session that exported it.
  const pairs = await openPairs(options, workers);
  try {
    for (const queue of copyRounds(waiting, (table) => table)) {
      await Promise.all(
        pairs.map(async (pair) => {
          for (let table = queue.shift(); table !== undefined; table = queue.shift()) {
            const startedAt = performance.now();
            const rows = await copyTable(pair, table, options.signal);
            options.onTable({ table: formatTable(table.to), rows, ms: Math.round(performance.now() - startedAt) });
          }
        }),
      );
    }
  } finally {
    await Promise.all(pairs.flatMap(({ source, target }) => [closeSession(source), closeSession(target)]));
  }
}

// --- internal ---

type Pair = { source: Session; target: Session };

async function openPairs(options: CopyOptions, count: number): Promise<Pair[]> {
  const opened = await Promise.allSettled(Array.from({ length: count }, () => openPair(options)));
  const pairs = opened.filter((each) => each.status === "fulfilled").map(({ value }) => value);
  const failed = opened.find((each) => each.status === "rejected");
  if (failed === undefined) return pairs;
  await Promise.all(pairs.flatMap(({ source, target }) => [closeSession(source), closeSession(target)]));
  throw failed.reason;
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

async function copyTable({ source, target }: Pair, table: ResolvedTable, signal: AbortSignal): Promise<number> {
  const values = table.columns.map(({ sourceSql }) => sourceSql).join(", ");
  const where = table.where === undefined ? "" : ` WHERE (${table.where})`;
  const names = table.columns.map(({ name }) => quoteName(name)).join(", ");
  const into = copyTarget(table);
  await target.query(["BEGIN", ...into.before].join("; "));
  const outgoing = source.query(copyTo(`COPY (SELECT ${values} FROM ${quoteTable(table.from)}${where}) TO STDOUT`));
  const incoming = target.query(copyFrom(`COPY ${into.table} (${names}) FROM STDIN`));
  await pipeline(outgoing, incoming, { signal });
  await target.query([...into.after, "COMMIT"].join("; "));
  return incoming.rowCount;
}

async function largestFirst({ tables, openSource }: CopyOptions): Promise<ResolvedTable[]> {
  const session = await openSource();
  try {
    const names = tables.map(({ from }) => quoteTable(from));
    const { rows } = await session.query<{ name: string }>(
      `SELECT name FROM pg_catalog.unnest($1::pg_catalog.text[]) AS name
       ORDER BY pg_catalog.pg_total_relation_size(name::pg_catalog.regclass) DESC, name`,
      [names],
    );
    const order = rows.map(({ name }) => name);
    return [...tables].sort((a, b) => order.indexOf(quoteTable(a.from)) - order.indexOf(quoteTable(b.from)));
  } finally {
    await closeSession(session);
  }
}
