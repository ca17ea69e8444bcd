// What a start of a stream would do, asked of both databases without changing anything.

import type { StreamAddresses } from "./addresses.ts";
import { findPosition } from "./apply/position-store.ts";
import { findPublication, sameTables } from "./capture/publication.ts";
import { findSlot } from "./capture/slot.ts";
import type { ResolvedTable } from "./catalog/resolved-table.ts";
import { checkPublication, findProblems } from "./check/check-stream.ts";
import { locate, planProblem } from "./check/problem.ts";
import { findFilled } from "./copy/target-tables.ts";
import { announcesChanges } from "./ddl/ddl-trigger.ts";
import { CREATE_DDL_TRIGGER } from "./ddl/trigger-sql.ts";
import type { StreamProblem } from "./errors.ts";
import { applyGrants, captureGrants } from "./grants.ts";
import type { ColumnPlan } from "./plan/column-plan.ts";
import { slotName, sourceTables, targetTables, type SchemaChangePolicy, type StreamPlan } from "./plan/stream-plan.ts";
import { formatTable, quoteTable, type TableName } from "./postgres/quote.ts";
import { withSession, type Session } from "./postgres/session.ts";
import { DEFAULT_LIMITS } from "./run/limits.ts";

/** A stream as it stands before a start. Plain data. */
export type StreamDescription = {
  stream: string;
  source: string;
  target: string;
  /** How far it has come: "new" has never been copied. */
  state: "new" | "copying" | "completing" | "following";
  tables: readonly TableDescription[];
  /** What the first copy would carry; null for a stream that has been copied. Rows are PostgreSQL's estimate. */
  copy: { rows: number; bytes: number; seconds: number; workers: number } | null;
  publication: { name: string; exists: boolean };
  slot: { name: string; exists: boolean };
  schemaChanges: {
    policy: SchemaChangePolicy;
    announced: boolean;
    /** What a superuser of the source runs so that changes are announced; null when that is done. */
    sql: string | null;
  };
  /** The rights of roles that do no more than this stream needs, for STRANGLER_CAPTURE_... and STRANGLER_APPLY_... */
  grants: { source: readonly string[]; target: readonly string[] };
  problems: readonly StreamProblem[];
};

export type TableDescription = {
  from: string;
  to: string;
  key: readonly string[];
  /** Fills columns of rows that another entry writes. */
  part: boolean;
  filter: string | null;
  columns: readonly { to: string; from: string }[];
  /** By PostgreSQL's statistics; null where there are none yet. */
  rows: number | null;
  bytes: number;
  /** The target holds rows already. */
  filled: boolean;
};

/** Describes what a start would do, and what stands in its way. Changes nothing. Throws DatabaseUnreachableError, PasswordRefusedError. */
export async function describeStream(plan: StreamPlan, addresses: StreamAddresses): Promise<StreamDescription> {
  const application = `strangler plan ${plan.name}`;
  const source = { url: addresses.capture, what: `The source "${plan.source}"`, application };
  const target = { url: addresses.apply, what: `The target "${plan.target}"`, application };
  return withSession(source, (reader) => withSession(target, (writer) => describe(plan, reader, writer)));
}

// --- internal ---

/** What one worker copies in a second, about, when neither network nor disk is slow. */
const BYTES_PER_SECOND = 40_000_000;

async function describe(plan: StreamPlan, source: Session, target: Session): Promise<StreamDescription> {
  const { problems, tables } = await findProblems(plan, source, target);
  const state = (await findPosition(target, plan.name))?.state ?? "new";
  const publication = await findPublication(source, slotName(plan.name));
  const announced = await announcesChanges(source);
  const described = await describeTables(plan, tables, source, target);
  return {
    stream: plan.name,
    source: plan.source,
    target: plan.target,
    state,
    tables: described,
    copy: state === "new" || state === "copying" ? estimate(described) : null,
    publication: {
      name: slotName(plan.name),
      exists: publication !== undefined && sameTables(publication, sourceTables(plan)),
    },
    slot: { name: slotName(plan.name), exists: (await findSlot(source, slotName(plan.name))) !== undefined },
    schemaChanges: { policy: plan.onSchemaChange ?? "stop", announced, sql: announced ? null : CREATE_DDL_TRIGGER },
    grants: { source: captureGrants(plan, "capture"), target: applyGrants(plan, "apply") },
    problems: [
      ...problems,
      ...(state === "new" ? filledProblems(plan, described) : await checkPublication(plan, source)),
    ],
  };
}

function filledProblems(plan: StreamPlan, tables: readonly TableDescription[]): StreamProblem[] {
  return tables.flatMap(({ to, filled }, place) => {
    if (!filled || tables.findIndex((table) => table.to === to) !== place) return [];
    const sentence = `The target's ${to} holds rows that the stream did not write, so nothing is copied into it. If they may go: TRUNCATE ${to}.`;
    return [locate(plan, planProblem("TARGET_NOT_EMPTY", `tables.${place}.to`, sentence))];
  });
}

async function describeTables(
  plan: StreamPlan,
  resolved: readonly ResolvedTable[],
  source: Session,
  target: Session,
): Promise<TableDescription[]> {
  const sizes = new Map<string, Size>();
  for (const table of sourceTables(plan)) sizes.set(formatTable(table), await sizeOf(source, table));
  const filled = new Set<string>();
  for (const table of targetTables(plan)) if (await isFilled(target, table)) filled.add(formatTable(table));
  return plan.tables.map((entry, place) => {
    const named = Object.entries(entry.columns).map(([to, mapped]) => ({ to, from: describeColumn(mapped) }));
    const others = (resolved[place]?.columns ?? []).filter(({ name }) => !Object.hasOwn(entry.columns, name));
    return {
      from: entry.from,
      to: entry.to,
      key: entry.key,
      part: entry.part === true,
      filter: entry.where?.expression ?? null,
      columns: [...named, ...others.map(({ name, inputs }) => ({ to: name, from: inputs.join(", ") }))],
      ...(sizes.get(entry.from) ?? NO_SIZE),
      filled: filled.has(entry.to),
    };
  });
}

function describeColumn(mapped: ColumnPlan): string {
  if (typeof mapped === "string") return mapped;
  if ("expression" in mapped) return `= ${mapped.expression}`;
  if ("constant" in mapped) return `= ${mapped.constant === null ? "NULL" : `'${mapped.constant}'`}`;
  const words = Object.entries(mapped.enum).map(([from, to]) => `${from} -> ${to}`);
  const rest = mapped.otherwise === undefined ? "others refused" : `others -> ${mapped.otherwise ?? "NULL"}`;
  return `${mapped.column}: ${[...words, rest].join(", ")}`;
}

type Size = { rows: number | null; bytes: number };

const NO_SIZE: Size = { rows: null, bytes: 0 };

// The leaves of a partitioned table, or the table itself. A table that is not there is the check's to name.
async function sizeOf(session: Session, table: TableName): Promise<Size> {
  const { rows } = await session.query<{ rows: string | null; bytes: string | null }>(
    `SELECT sum(nullif(c.reltuples, -1))::pg_catalog.int8 AS rows, sum(pg_catalog.pg_table_size(c.oid))::pg_catalog.int8 AS bytes
     FROM pg_catalog.pg_class c
     WHERE c.oid = pg_catalog.to_regclass($1) OR c.oid IN (SELECT relid FROM pg_catalog.pg_partition_tree(pg_catalog.to_regclass($1)))`,
    [quoteTable(table)],
  );
  const [row] = rows;
  return { rows: row?.rows == null ? null : Number(row.rows), bytes: Number(row?.bytes ?? 0) };
}

async function isFilled(session: Session, table: TableName): Promise<boolean> {
  return findFilled(session, [table]).then(
    (filled) => filled.length > 0,
    () => false,
  );
}

function estimate(tables: readonly TableDescription[]): StreamDescription["copy"] {
  const rows = tables.reduce((sum, table) => sum + (table.rows ?? 0), 0);
  const bytes = tables.reduce((sum, table) => sum + table.bytes, 0);
  const workers = Math.max(1, DEFAULT_LIMITS.copyWorkers);
  return { rows, bytes, seconds: Math.ceil(bytes / (BYTES_PER_SECOND * workers)), workers };
}
