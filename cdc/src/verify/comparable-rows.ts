// One table, seen from one side, in the form in which both sides can be compared: rows as text, in an order that is the same
// on both. Where a column's own order depends on the server (a text in some language's order), its bytes decide instead.

import type { ResolvedColumn, ResolvedTable } from "../catalog/resolved-table.ts";
import { quoteName, quoteTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";

export type Side = "source" | "target";

/** A key's values as text, in the order of the table's key. */
export type Key = readonly (string | null)[];

/** Keys from `after` (not itself) up to and including `upTo`; open where undefined. */
export type KeyRange = { after: Key | undefined; upTo: Key | undefined };

export type RangeSum = { rows: number; sum: string };

/** A row's key and two hashes of all its values. */
export type RowHash = { key: Key; hash: string };

/** A row's values as text, in the order of the table's columns. */
export type ComparableRow = {
  values: Key;
  /** Changes whenever the row is written. */
  mark: string;
  /** Somebody has begun to change, delete or lock this version of the row, and may not have ended yet. */
  touched: boolean;
};

export type Writers = {
  /** Every transaction that has written and has a lower number than this has ended. */
  oldest: bigint;
  /** Commits wait for a standby before anybody may see them. */
  waitForStandby: boolean;
};

/** The questions that are asked of one side. */
export type ComparableRows = {
  /** The key of the range's row number `step`, or undefined when it has no more than that. */
  keyAt: (range: KeyRange, step: number) => Promise<Key | undefined>;
  /** Two sums over the hashes of all rows of the range; the same on both sides when the rows are. */
  sum: (range: KeyRange) => Promise<RangeSum>;
  hashes: (range: KeyRange) => Promise<RowHash[]>;
  /** The rows of these keys, by key (see keyText); those that do not exist are left out. */
  rows: (keys: readonly Key[]) => Promise<Map<string, ComparableRow>>;
  /** Who is writing at this moment. */
  writers: () => Promise<Writers>;
  /** A number that is higher than that of every transaction that has written so far. It is taken, so it uses one up. */
  takeNumber: () => Promise<bigint>;
};

/** A key as one text. */
export function keyText(key: Key): string {
  return JSON.stringify(key);
}

export function comparableRows(session: Session, table: ResolvedTable, side: Side): ComparableRows {
  const sql = sqlOf(table, side);
  const ask = async (text: string, values: unknown[]) => {
    const { rows } = await session.query<(string | null)[]>({ text, values, rowMode: "array" });
    return rows;
  };
  const keyLength = table.key.length;
  return {
    async keyAt(range, step) {
      const { where, values } = rangeSql(sql, range);
      const rows = await ask(
        `SELECT ${sql.keyTexts} FROM ${sql.from} WHERE ${where} ORDER BY ${sql.order} OFFSET ${step - 1} LIMIT 1`,
        values,
      );
      return rows[0];
    },
    async sum(range) {
      const { where, values } = rangeSql(sql, range);
      const [row = []] = await ask(
        `SELECT count(*), coalesce(sum(${hash(0)}), 0) || ' ' || coalesce(sum(${hash(1)}), 0)
         FROM (SELECT ${sql.rowText} AS ${ROW} FROM ${sql.from} WHERE ${where} OFFSET 0) AS r`,
        values,
      );
      return { rows: Number(row[0]), sum: row[1] ?? "" };
    },
    async hashes(range) {
      const { where, values } = rangeSql(sql, range);
      const rows = await ask(
        `SELECT ${sql.keyTexts}, ${hash(0)} || ' ' || ${hash(1)}
         FROM (SELECT *, ${sql.rowText} AS ${ROW} FROM ${sql.from} WHERE ${where} OFFSET 0) AS r`,
        values,
      );
      return rows.map((row) => ({ key: row.slice(0, keyLength), hash: row[keyLength] ?? "" }));
    },
    async rows(keys) {
      const values = table.key.map((_, place) => keys.map((key) => key[place] ?? null));
      const rows = await ask(
        `SELECT ${sql.values}, ${sql.alias}.xmin, ${sql.alias}.xmax FROM ${sql.from}
         JOIN ROWS FROM (${table.key.map((_, place) => `pg_catalog.unnest($${place + 1}::pg_catalog.text[])`).join(", ")})
           AS wanted(${table.key.map((_, place) => keyAlias(place)).join(", ")}) ON ${sql.sameKey}
         WHERE ${sql.filter}`,
        values,
      );
      const width = table.columns.length;
      return new Map(
        rows.map((row) => [
          keyText(row.slice(0, keyLength)),
          { values: row.slice(0, width), mark: row[width] ?? "", touched: row[width + 1] !== "0" },
        ]),
      );
    },
    async writers() {
      const [row = []] = await ask(
        `SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()),
                pg_catalog.current_setting('synchronous_standby_names') <> ''`,
        [],
      );
      return { oldest: BigInt(row[0] ?? 0), waitForStandby: row[1] === "t" };
    },
    async takeNumber() {
      const [row = []] = await ask("SELECT pg_catalog.pg_current_xact_id()", []);
      return BigInt(row[0] ?? 0);
    },
  };
}

// --- internal ---

// Inside these queries the table is named as the plan's expressions may name it, and no name of ours may be one of its columns.
const ROW = '"strangler row"';

function keyAlias(place: number): string {
  return `"strangler key ${place}"`;
}

type SideSql = {
  alias: string;
  from: string;
  filter: string;
  /** All columns, key first, each as its own value. */
  values: string;
  /** All columns as one text. */
  rowText: string;
  keyTexts: string;
  /** What the key is sorted by. */
  sortKey: readonly string[];
  order: string;
  /** What a text of the key becomes to be compared with `sortKey`. */
  bound: readonly ((parameter: string) => string)[];
  sameKey: string;
};

function sqlOf(table: ResolvedTable, side: Side): SideSql {
  const value = (column: ResolvedColumn) => (side === "source" ? column.sourceComparable : column.targetComparable);
  const name = (column: ResolvedColumn) => quoteName(side === "source" ? (column.inputs[0] ?? "") : column.name);
  const type = (column: ResolvedColumn) =>
    side === "source" ? (table.inputs.find((input) => input.name === column.inputs[0])?.sourceType ?? "") : column.type;
  const sortKey = table.key.map((column) =>
    column.sortsAlike ? name(column) : `(${value(column)})::pg_catalog.text COLLATE "C"`,
  );
  const relation = side === "source" ? table.from : table.to;
  const filter = side === "source" && table.where !== undefined ? `(${table.where})` : "true";
  const alias = quoteName(table.from.name);
  return {
    alias,
    from: `${quoteTable(relation)} AS ${alias}`,
    filter,
    values: table.columns.map(value).join(", "),
    rowText: `ROW(${table.columns.map(value).join(", ")})::pg_catalog.text COLLATE "C"`,
    keyTexts: table.key.map(value).join(", "),
    sortKey,
    order: sortKey.join(", "),
    bound: table.key.map(
      (column) => (parameter: string) =>
        column.sortsAlike ? `${parameter}::pg_catalog.text::${type(column)}` : `${parameter}::pg_catalog.text`,
    ),
    sameKey: table.key
      .map((column, place) => `${alias}.${name(column)} = wanted.${keyAlias(place)}::${type(column)}`)
      .join(" AND "),
  };
}

function rangeSql(
  { sortKey, bound, filter }: SideSql,
  { after, upTo }: KeyRange,
): { where: string; values: unknown[] } {
  const values: unknown[] = [];
  const compare = (operator: string, key: Key) => {
    const bounds = key.map((text, place) => {
      values.push(text);
      return bound[place]?.(`$${values.length}`);
    });
    return `(${sortKey.join(", ")}) ${operator} (${bounds.join(", ")})`;
  };
  const parts = [
    filter,
    ...(after === undefined ? [] : [compare(">", after)]),
    ...(upTo === undefined ? [] : [compare("<=", upTo)]),
  ];
  return { where: parts.join(" AND "), values };
}

function hash(seed: number): string {
  return `pg_catalog.hashtextextended(${ROW}, ${seed})`;
}
