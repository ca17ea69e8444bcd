// What is known of rows that differ, gathered from both servers and from the stream's own store, for the table of causes.

import { errorCode } from "@strangler/platform";
import type { ResolvedColumn, ResolvedTable } from "../catalog/resolved-table.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import { formatTable, quoteName } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import { likelyCause, type CauseFacts, type ColumnFacts } from "./cause.ts";
import { keyText, type ComparableRows } from "./comparable-rows.ts";
import { differingPlaces, namedKey, type Different } from "./differences.ts";
import { countForeignWrites, findWriters } from "./foreign-writers.ts";
import type { Key } from "./part.ts";
import { redact, type Difference } from "./report.ts";

export type DescribeOptions = {
  plan: StreamPlan;
  table: ResolvedTable;
  target: Session;
  /** The source's rows without the stream's filter; undefined when there is none. */
  unfiltered: ComparableRows | undefined;
  /** Values as they are, instead of how long they are. */
  showValues: boolean;
};

/** Rows that differ, for people: key, columns, values, likely cause. */
export async function describeDifferences(
  different: readonly Different[],
  options: DescribeOptions,
): Promise<Difference[]> {
  const { table, showValues } = options;
  const factsOf = await gatherFacts(different, options);
  return different.map((each) => {
    const places = differingPlaces(table, each);
    const show = (value: string | null | undefined) => (showValues ? (value ?? null) : redact(value ?? null));
    return {
      kind: each.kind,
      key: namedKey(table, each),
      columns: places.map((place) => table.columns[place]?.name ?? ""),
      values: Object.fromEntries(
        places.map((place) => [
          table.columns[place]?.name ?? "",
          { source: show(each.source?.values[place]), target: show(each.target?.values[place]) },
        ]),
      ),
      cause: likelyCause(factsOf(each)),
    };
  });
}

// --- internal ---

async function gatherFacts(
  different: readonly Different[],
  { plan, table, target, unfiltered }: DescribeOptions,
): Promise<(each: Different) => CauseFacts> {
  const keys = different.map(({ key }) => key);
  const extra = different.filter(({ kind }) => kind === "extra").map(({ key }) => key);
  const writerOf = await findWriters(
    target,
    plan.name,
    different.flatMap((each) => each.target?.mark ?? []),
  );
  const [parked, waiting] = [
    await findParked(target, plan.name, table, keys),
    await findWaiting(target, plan.name, table, keys),
  ];
  const foreignWrites = await countForeignWrites(target, plan, table);
  const kept = await unfiltered?.rows(extra);
  return (each) => ({
    kind: each.kind,
    isParked: parked.has(keyText(each.key)),
    isWaiting: waiting.has(keyText(each.key)),
    isFiltered: each.kind === "extra" && kept?.has(keyText(each.key)) === true,
    writer: each.target === undefined ? "nobody" : (writerOf.get(each.target.mark) ?? "unknown"),
    foreignWrites,
    columns: differingPlaces(table, each).map((place) =>
      columnFacts(table.columns[place] as ResolvedColumn, place, each),
    ),
  });
}

function columnFacts(column: ResolvedColumn, place: number, { source, target }: Different): ColumnFacts {
  return {
    isMapped: column.sourceComparable !== quoteName(column.inputs[0] ?? ""),
    isFloat: column.type === "pg_catalog.float4" || column.type === "pg_catalog.float8",
    source: source?.values[place] ?? null,
    target: target?.values[place] ?? null,
  };
}

// A parked key is the value's bytes, or of several the bytes of each behind their number; none stands for all of the table's rows.
async function findParked(session: Session, stream: string, table: ResolvedTable, keys: readonly Key[]) {
  const bytes = keys.map((key) => {
    const [first = "", ...more] = key.map((value) => value ?? "");
    const parts =
      more.length === 0 ? first : [first, ...more].map((value) => `${Buffer.byteLength(value)}:${value}`).join("");
    return Buffer.from(parts);
  });
  const places = await ask(
    session,
    `SELECT w.place FROM pg_catalog.unnest($3::pg_catalog.bytea[]) WITH ORDINALITY AS w(key, place)
     WHERE EXISTS (SELECT FROM strangler.parked_key k JOIN strangler.parked_transaction t ON t.id = k.parked
       WHERE t.stream = $1 AND t.state = 'parked' AND k.space = $2 AND (k.key IS NULL OR k.key = w.key))`,
    [stream, formatTable(table.to), bytes],
  );
  return byPlace(keys, places);
}

async function findWaiting(session: Session, stream: string, table: ResolvedTable, keys: readonly Key[]) {
  const places = await ask(
    session,
    `SELECT w.place FROM pg_catalog.json_array_elements($3::pg_catalog.json) WITH ORDINALITY AS w(key, place)
     JOIN strangler.repair_key k ON k.stream = $1 AND k.target_table = $2 AND k.source_table = $4
       AND k.key = ARRAY(SELECT pg_catalog.json_array_elements_text(w.key))`,
    [stream, formatTable(table.to), JSON.stringify(keys), formatTable(table.from)],
  );
  return byPlace(keys, places);
}

/** The answers' first column; none where the store is not there or may not be read. */
async function ask(session: Session, text: string, values: unknown[]): Promise<string[]> {
  try {
    const { rows } = await session.query<(string | null)[]>({ text, values, rowMode: "array" });
    return rows.map(([first]) => first ?? "");
  } catch (error) {
    if (["42P01", "3F000", "42501"].includes(errorCode(error) ?? "")) return [];
    throw error;
  }
}

function byPlace(keys: readonly Key[], places: readonly string[]): Set<string> {
  return new Set(places.map((place) => keyText(keys[Number(place) - 1] ?? [])));
}
