// The source's half of a window: the opening note, the rows under one snapshot, the closing note with that snapshot. The tables are
// locked before the snapshot is taken, in the weakest mode: one that is rewritten or emptied in between would else look empty to it
// (PostgreSQL's manual, "Caveats" of concurrency control).

import type { FollowedTable } from "../apply/followed-table.ts";
import { partRowsSql, placeSql } from "../copy/rows-sql.ts";
import { quoteName, quoteTable, type TableName } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import { parseSnapshot, type SourceSnapshot } from "./source-snapshot.ts";
import { closingNote, openingNote } from "./window-note.ts";
import type { WindowKey } from "./window-request.ts";
import { windowRow, type WindowRow } from "./window-rows.ts";

/** What one window reads. */
export type WindowSpan =
  | {
      kind: "blocks";
      part: TableName;
      fileNode: string;
      /** Behind this row's place. */ after: string;
      endBlock: number | undefined;
    }
  | { kind: "keys"; keys: readonly WindowKey[]; /** Only whether the rows are there. */ justNames: boolean };

export type WindowRead = {
  rows: readonly WindowRow[];
  bytes: number;
  /** Of `keys`: those whose row the source does not have. */
  absent: readonly WindowKey[];
  /** Of `blocks`: where the last row lies; the span ends when there are no more. */
  place: string | undefined;
  isEnd: boolean;
};

/** `moved`: the table was rewritten, and lies in another file now. `early`: transactions run of which nothing is known. */
export type NotRead = { kind: "moved"; fileNode: string } | { kind: "early" };

export type ReadOptions = {
  session: Session;
  serverVersion: number;
  prefix: string;
  id: string;
  layout: FollowedTable;
  span: WindowSpan;
  bounds: { rows: number; bytes: number };
  /** Between the opening note and the snapshot, so that commits that are just becoming visible have done so. */
  settle: () => Promise<unknown>;
  /** Whether the window can be good under this snapshot; if not, nothing more is read. */
  isKnown: (snapshot: SourceSnapshot) => boolean;
  /** Takes what was read, before the closing note is written. */
  onRead: (read: WindowRead) => void;
};

/** Reads one window, and answers undefined when it was closed. */
export async function readWindow(options: ReadOptions): Promise<NotRead | undefined> {
  const { session, prefix, id, layout, span } = options;
  await session.query("SELECT pg_catalog.pg_logical_emit_message(false, $1, $2::pg_catalog.text)", [
    prefix,
    openingNote(id),
  ]);
  await options.settle();
  await session.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
  try {
    const locked = span.kind === "blocks" ? `ONLY ${quoteTable(span.part)}` : quoteTable(layout.resolved.from);
    await session.query(`LOCK TABLE ${locked} IN ACCESS SHARE MODE`);
    const { snapshot, fileNode } = await findSnapshot(session, span);
    if (!options.isKnown(parseSnapshot(snapshot))) return { kind: "early" };
    if (span.kind === "blocks" && fileNode !== span.fileNode) return { kind: "moved", fileNode };
    options.onRead(span.kind === "blocks" ? await readBlocks(options, span) : await readKeys(options, span));
    await close(options, snapshot);
    return undefined;
  } finally {
    // After an error this undoes, and on a session that is gone it has nothing to add.
    await session.query("COMMIT").catch(() => undefined);
  }
}

// --- internal ---

async function findSnapshot(session: Session, span: WindowSpan): Promise<{ snapshot: string; fileNode: string }> {
  const { rows } = await session.query<{ snapshot: string; file_node: string | null }>(
    `SELECT pg_catalog.pg_current_snapshot() AS snapshot, pg_catalog.pg_relation_filenode($1::pg_catalog.regclass) AS file_node`,
    [span.kind === "blocks" ? quoteTable(span.part) : null],
  );
  return { snapshot: rows[0]?.snapshot ?? "", fileNode: rows[0]?.file_node ?? "" };
}

// A note outside of a transaction is sent on when the log behind it is flushed, which nobody may do for a long time. 17 can be
// told to flush; before that, the commit of a numbered transaction does.
async function close({ session, serverVersion, prefix, id }: ReadOptions, snapshot: string): Promise<void> {
  const flush = serverVersion >= 170_000 ? ", true)" : "), pg_catalog.pg_current_xact_id()";
  await session.query(`SELECT pg_catalog.pg_logical_emit_message(false, $1, $2::pg_catalog.text${flush}`, [
    prefix,
    closingNote(id, snapshot),
  ]);
}

async function readBlocks(
  { session, layout, bounds }: ReadOptions,
  { part, after, endBlock }: Extract<WindowSpan, { kind: "blocks" }>,
): Promise<WindowRead> {
  const table = layout.resolved;
  const place = placeSql(table);
  const conditions = [
    `${place} > '${after}'::pg_catalog.tid`,
    ...(endBlock === undefined ? [] : [`${place} < '(${endBlock},0)'::pg_catalog.tid`]),
  ];
  await session.query(
    `DECLARE strangler_window NO SCROLL CURSOR FOR SELECT ${inputsSql(layout)}, ${place} ${partRowsSql(table, part, conditions)}`,
  );
  const rows: WindowRow[] = [];
  let bytes = 0;
  let last: string | undefined;
  let isEnd = false;
  while (!isEnd && rows.length < bounds.rows && bytes < bounds.bytes) {
    const fetched = await ask(session, `FETCH ${FETCH_ROWS} FROM strangler_window`);
    for (const values of fetched) {
      last = inOrder(last ?? after, values.pop() ?? "");
      const row = windowRow(layout, values);
      bytes += row.bytes.length;
      rows.push(row);
    }
    isEnd = fetched.length < FETCH_ROWS;
  }
  return { rows, bytes, absent: [], place: last, isEnd };
}

async function readKeys(
  { session, layout }: ReadOptions,
  { keys, justNames }: Extract<WindowSpan, { kind: "keys" }>,
): Promise<WindowRead> {
  const { resolved } = layout;
  const alias = quoteName(resolved.from.name);
  const wanted = resolved.sourceKey.map((_, place) => `"strangler key ${place}"`);
  const given = resolved.sourceKey.map((_, place) => `pg_catalog.unnest($${place + 1}::pg_catalog.text[])`);
  const sameKey = resolved.sourceKey.map(({ inputs: [name = ""] }, place) => {
    const type = resolved.inputs.find((input) => input.name === name)?.sourceType ?? "pg_catalog.text";
    return `${alias}.${quoteName(name)} = wanted.${wanted[place]}::${type}`;
  });
  const where = resolved.where === undefined ? "" : ` WHERE (${resolved.where})`;
  const found = await ask(
    session,
    `SELECT ${justNames ? "" : `${inputsSql(layout)}, `}wanted."strangler place"
     FROM ROWS FROM (${given.join(", ")}) WITH ORDINALITY AS wanted(${wanted.join(", ")}, "strangler place")
     JOIN ${quoteTable(resolved.from)} AS ${alias} ON ${sameKey.join(" AND ")}${where}`,
    resolved.sourceKey.map((_, place) => keys.map((key) => key[place] ?? null)),
  );
  const places = new Set(found.map((values) => Number(values.pop())));
  const rows = justNames ? [] : found.map((values) => windowRow(layout, values));
  return {
    rows: [...new Map(rows.map((row) => [row.name, row])).values()],
    bytes: rows.reduce((sum, row) => sum + row.bytes.length, 0),
    absent: keys.filter((_, place) => !places.has(place + 1)),
    place: undefined,
    isEnd: true,
  };
}

const FETCH_ROWS = 250;

function inputsSql({ resolved }: FollowedTable): string {
  const alias = quoteName(resolved.from.name);
  return resolved.inputs.map(({ name }) => `${alias}.${quoteName(name)}`).join(", ");
}

async function ask(session: Session, text: string, values: unknown[] = []): Promise<(string | null)[][]> {
  const { rows } = await session.query<(string | null)[]>({ text, values, rowMode: "array" });
  return rows;
}

// Rows are read as they lie; if that were ever not so, those that come before the place that is noted would be passed over.
function inOrder(before: string, place: string): string {
  const [block = 0, row = 0] = numbersOf(place);
  const [blockBefore = 0, rowBefore = 0] = numbersOf(before);
  if (block > blockBefore || (block === blockBefore && row > rowBefore)) return place;
  throw new Error(`the source gave the row at ${place} behind the one at ${before}`);
}

function numbersOf(place: string): number[] {
  return place.slice(1, -1).split(",").map(Number);
}
