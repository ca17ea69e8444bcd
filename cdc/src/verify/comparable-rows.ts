// One table, seen from one side, in the form in which both sides can be compared: rows as text, through the stream's own mapping and
// filter, in an order that is the same on both. A row is named by those columns of its key that come from the source; the others are
// the same in every row that the table may have.

import type { ResolvedColumn, ResolvedTable } from "../catalog/resolved-table.ts";
import { quoteName, quoteTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { Key, KeyRange, Part, Sums } from "./part.ts";
import { rowText } from "./row-text.ts";
import type { SumFormula } from "./sum-formula.ts";

export type Side = "source" | "target";

/** How rows become texts and texts become numbers, the same way on both sides. */
export type Measure = { formula: SumFormula; sameEncoding: boolean };

/** A row's key, and its number as text. */
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
  /** The sums of a part's rows by the last `bits` of their keys' numbers; with 0, one sum. */
  sums: (part: Part, bits: number) => Promise<Sums>;
  hashes: (part: Part) => Promise<RowHash[]>;
  /** The rows of these keys, by key (see keyText); those that do not exist are left out. */
  rows: (keys: readonly Key[]) => Promise<Map<string, ComparableRow>>;
  /** Who is writing at this moment. */
  writers: () => Promise<Writers>;
  /** A number that is higher than that of every transaction that has written so far. It is taken, so it uses one up. */
  takeNumber: () => Promise<bigint>;
  /** How many rows the table has, about, and how many blocks (of its largest partition). */
  size: () => Promise<{ rows: number; blocks: number }>;
  /** All questions until `end` are answered from what is there now. */
  freeze: () => Promise<void>;
  thaw: () => Promise<void>;
};

/** A key as one text. */
export function keyText(key: Key): string {
  return JSON.stringify(key);
}

/** Whether both sides sort the table's keys the same way by themselves, so that an index of each can be read in ranges. Pure. */
export function sortsAlike(table: ResolvedTable): boolean {
  return table.sourceKey.every((column) => column.sortsAlike);
}

export function comparableRows(session: Session, table: ResolvedTable, side: Side, measure: Measure): ComparableRows {
  const sql = sqlOf(table, side, measure);
  const ask = async (text: string, values: unknown[] = []) => {
    const { rows } = await session.query<(string | null)[]>({ text, values, rowMode: "array" });
    return rows;
  };
  const keyLength = table.sourceKey.length;
  const [one, other] = measure.formula.halves("r.digest");
  return {
    async keyAt(range, step) {
      const { where, values } = partSql(sql, { range });
      const rows = await ask(
        `SELECT ${sql.keyTexts} FROM ${sql.from} WHERE ${where} ORDER BY ${sql.order} OFFSET ${step - 1} LIMIT 1`,
        values,
      );
      return rows[0];
    },
    async sums(part, bits) {
      const { where, values } = partSql(sql, part);
      const sums = `pg_catalog.count(*), pg_catalog.sum(${one}), pg_catalog.sum(${other})`;
      const from = `${sql.digest} AS digest FROM ${sql.from} WHERE ${where} OFFSET 0`;
      const rows = await ask(
        bits === 0
          ? `SELECT '', ${sums} FROM (SELECT ${from}) AS r`
          : `SELECT r.bucket, ${sums} FROM (SELECT ${sql.bucket(bits)} AS bucket, ${from}) AS r GROUP BY r.bucket`,
        values,
      );
      return new Map(rows.map((row) => [row[0] ?? "", readSum(row)]));
    },
    async hashes(part) {
      const { where, values } = partSql(sql, part);
      const rows = await ask(
        `SELECT ${sql.keys.map((_, place) => `r.k${place}`).join(", ")}, ${one} || ' ' || ${other}
         FROM (SELECT ${sql.keys.map((key, place) => `${key} AS k${place}`).join(", ")}, ${sql.digest} AS digest
               FROM ${sql.from} WHERE ${where} OFFSET 0) AS r`,
        values,
      );
      return rows.map((row) => ({ key: row.slice(0, keyLength), hash: row[keyLength] ?? "" }));
    },
    async rows(keys) {
      const values = sql.keys.map((_, place) => keys.map((key) => key[place] ?? null));
      const rows = await ask(
        `SELECT ${sql.keyTexts}, ${sql.alias}.xmin, ${sql.alias}.xmax, ${sql.values} FROM ${sql.from}
         JOIN ROWS FROM (${sql.keys.map((_, place) => `pg_catalog.unnest($${place + 1}::pg_catalog.text[])`).join(", ")})
           AS wanted(${sql.keys.map((_, place) => keyAlias(place)).join(", ")}) ON ${sql.sameKey}
         WHERE ${sql.filter}`,
        values,
      );
      return new Map(rows.map((row) => [keyText(row.slice(0, keyLength)), readRow(row.slice(keyLength))]));
    },
    async writers() {
      const [row = []] = await ask(
        `SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()),
                pg_catalog.current_setting('synchronous_standby_names') <> ''`,
      );
      return { oldest: BigInt(row[0] ?? 0), waitForStandby: row[1] === "t" };
    },
    async takeNumber() {
      const [row = []] = await ask("SELECT pg_catalog.pg_current_xact_id()");
      return BigInt(row[0] ?? 0);
    },
    async size() {
      const [row = []] = await ask(SIZE, [sql.relation]);
      return { rows: Number(row[0] ?? 0), blocks: Number(row[1] ?? 0) };
    },
    freeze: async () => void (await ask("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")),
    thaw: async () => void (await ask("COMMIT")),
  };
}

// --- internal ---

// Inside these queries the table is named as the plan's expressions may name it, and no name of ours may be one of its columns.
function keyAlias(place: number): string {
  return `"strangler key ${place}"`;
}

// Of a partitioned table, its partitions. A table that nobody has analyzed yet says nothing of its rows: there, fifty a block are assumed.
const SIZE = `
  WITH named AS (
    SELECT $1::pg_catalog.regclass AS id UNION SELECT relid FROM pg_catalog.pg_partition_tree($1::pg_catalog.regclass)),
  leaves AS (
    SELECT c.reltuples, pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::pg_catalog.int8 AS blocks
    FROM named JOIN pg_catalog.pg_class AS c ON c.oid = named.id WHERE c.relkind <> 'p')
  SELECT coalesce(pg_catalog.sum(CASE WHEN reltuples < 0 THEN 50 * blocks ELSE reltuples END), 0)::pg_catalog.int8,
         coalesce(pg_catalog.max(blocks), 0)
  FROM leaves`;

type SideSql = {
  alias: string;
  relation: string;
  from: string;
  filter: string;
  /** All columns, key first, each as its own value. */
  values: string;
  /** All columns as what the formula makes of them. */
  digest: string;
  /** The last bits of the key's number. */
  bucket: (bits: number) => string;
  keys: readonly string[];
  keyTexts: string;
  /** What the key is sorted by. */
  sortKey: readonly string[];
  order: string;
  /** What a text of the key becomes to be compared with `sortKey`. */
  bound: readonly ((parameter: string) => string)[];
  sameKey: string;
};

function sqlOf(table: ResolvedTable, side: Side, { formula, sameEncoding }: Measure): SideSql {
  const value = (column: ResolvedColumn) => (side === "source" ? column.sourceComparable : column.targetComparable);
  const name = (column: ResolvedColumn) => quoteName(side === "source" ? (column.inputs[0] ?? "") : column.name);
  const type = (column: ResolvedColumn) =>
    side === "source" ? (table.inputs.find((input) => input.name === column.inputs[0])?.sourceType ?? "") : column.type;
  // A text in some language's order is sorted by its bytes instead.
  const sortKey = table.sourceKey.map((column) =>
    column.sortsAlike ? name(column) : `(${value(column)})::pg_catalog.text COLLATE "C"`,
  );
  const text = (columns: readonly ResolvedColumn[]) =>
    rowText(
      columns.map((column) => ({ type: column.type, sql: value(column) })),
      { sameEncoding },
    );
  const relation = quoteTable(side === "source" ? table.from : table.to);
  const alias = quoteName(table.from.name);
  const filter = side === "source" ? table.sourceWhere : table.targetWhere;
  const keys = table.sourceKey.map(value);
  return {
    alias,
    relation,
    from: `${relation} AS ${alias}`,
    filter: filter === undefined ? "true" : `(${filter})`,
    values: table.columns.map(value).join(", "),
    digest: formula.digest(text(table.columns)),
    bucket: (bits) => `(${formula.halves(formula.digest(text(table.sourceKey)))[0]} & ${2n ** BigInt(bits) - 1n})`,
    keys,
    keyTexts: keys.join(", "),
    sortKey,
    order: sortKey.join(", "),
    bound: table.sourceKey.map(
      (column) => (parameter: string) =>
        column.sortsAlike ? `${parameter}::pg_catalog.text::${type(column)}` : `${parameter}::pg_catalog.text`,
    ),
    sameKey: table.sourceKey
      .map((column, place) => `${alias}.${name(column)} = wanted.${keyAlias(place)}::${type(column)}`)
      .join(" AND "),
  };
}

function partSql(sql: SideSql, { range, share, blocks }: Part): { where: string; values: unknown[] } {
  const values: unknown[] = [];
  const parameter = (value: unknown) => `$${values.push(value)}`;
  const compare = (operator: string, key: Key) => {
    const bounds = key.map((text, place) => sql.bound[place]?.(parameter(text)));
    return `(${sql.sortKey.join(", ")}) ${operator} (${bounds.join(", ")})`;
  };
  const block = (operator: string, number: number) => `${sql.alias}.ctid ${operator} '(${number},0)'::pg_catalog.tid`;
  const parts = [
    sql.filter,
    ...(range.after === undefined ? [] : [compare(">", range.after)]),
    ...(range.upTo === undefined ? [] : [compare("<=", range.upTo)]),
    ...(share === undefined
      ? []
      : [`${sql.bucket(share.bits)} = ANY (${parameter(share.buckets)}::pg_catalog.int8[])`]),
    ...(blocks === undefined ? [] : [block(">=", blocks.from)]),
    ...(blocks?.to === undefined ? [] : [block("<", blocks.to)]),
  ];
  return { where: parts.join(" AND "), values };
}

function readRow([mark, locked, ...values]: readonly (string | null)[]): ComparableRow {
  return { values, mark: mark ?? "", touched: locked !== "0" };
}

function readSum([, rows, one, other]: readonly (string | null)[]) {
  return { rows: Number(rows), one: BigInt(one ?? 0), other: BigInt(other ?? 0) };
}
