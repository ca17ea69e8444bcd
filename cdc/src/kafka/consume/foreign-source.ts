// A stream whose topics a connector writes: its source may be any database, and is never asked. What a source column is follows from the
// target column that it fills; one that only a filter or an expression reads is a text, until the expression casts it.

import { ExitCode } from "@strangler/platform";
import type { BothTables } from "../../check/both-tables.ts";
import { resolveTables } from "../../check/check-stream.ts";
import { checkTables } from "../../check/check-tables.ts";
import { checkTargetRights, checkVersion, readServerFacts } from "../../check/check-servers.ts";
import { locate } from "../../check/problem.ts";
import { findTable, listTables, type ColumnFacts, type TableFacts } from "../../catalog/table-facts.ts";
import type { ResolvedTable } from "../../catalog/resolved-table.ts";
import { StreamNotPossibleError } from "../../errors.ts";
import { sourceColumns } from "../../plan/column-plan.ts";
import { slotName, splitTable, type StreamPlan, type TablePlan } from "../../plan/stream-plan.ts";
import type { Session } from "../../postgres/session.ts";
import { tableOf, type KafkaTable } from "./kafka-table.ts";

/** Asks the target alone whether the stream can run. Throws StreamNotPossibleError. */
export async function assertForeignStream(plan: StreamPlan, target: Session): Promise<ResolvedTable[]> {
  const found = await findBoth(plan, target);
  const known = await listTables(target);
  const facts = await readServerFacts(target, slotName(plan.name));
  const problems = [
    ...checkVersion("target", facts),
    ...checkTables(found, { source: known, target: known }).map((problem) => locate(plan, problem)),
  ];
  const isSound = !problems.some(({ exitCode }) => exitCode === ExitCode.configuration);
  const tables = isSound ? await resolveTables(found, target) : [];
  problems.push(...(await checkTargetRights(target, facts.role, tables)));
  if (problems.length > 0) throw new StreamNotPossibleError(plan.name, problems);
  return tables;
}

/** How the events of the stream's tables are read: each source table once, with all the columns that any entry needs. */
export async function foreignTables(plan: StreamPlan, target: Session, prefix: string): Promise<KafkaTable[]> {
  const found = await findBoth(plan, target);
  const bySource = Map.groupBy(found, ({ plan: entry }) => entry.from);
  return [...bySource].map(([from, entries], place) => {
    const columns = new Map(entries.flatMap(({ source }) => source?.columns ?? []).map((each) => [each.name, each]));
    const key = new Set(entries.flatMap(({ plan: entry }) => keyColumns(entry)));
    const needsWholeRows = entries.some(({ plan: entry }) => readsSeveral(entry));
    const read = [...columns.values()].map((column) => ({ ...column, isKey: key.has(column.name) }));
    return { ...tableOf(place + 1, prefix, splitTable(from), read), needsWholeRows };
  });
}

// --- internal ---

const TEXT: Omit<ColumnFacts, "name"> = {
  typeId: 25,
  type: "pg_catalog.text",
  typeModifier: -1,
  typeLabel: "text",
  sortsByBytes: true,
  notNull: false,
  isGenerated: false,
  alwaysNumbered: false,
  hasDefault: false,
  mayLieApart: true,
};

async function findBoth(plan: StreamPlan, target: Session): Promise<BothTables[]> {
  const found: BothTables[] = [];
  for (const [place, entry] of plan.tables.entries()) {
    const to = await findTable(target, splitTable(entry.to));
    const source = to === undefined ? undefined : imagine(entry, to);
    found.push({ plan: entry, place, optional: new Set(), source, target: to });
  }
  return found;
}

function imagine(entry: TablePlan, target: TableFacts): TableFacts {
  const key = keyColumns(entry);
  const plain = new Map<string, ColumnFacts>();
  for (const [name, mapped] of Object.entries(entry.columns)) {
    const column = target.columns.find((each) => each.name === name);
    if (typeof mapped === "string" && column !== undefined) plain.set(mapped, column);
  }
  const names = new Set([...Object.values(entry.columns).flatMap(sourceColumns), ...(entry.where?.from ?? [])]);
  const columns = [...names].map((name) => ({
    ...(plain.get(name) ?? TEXT),
    name,
    isGenerated: false,
    notNull: key.includes(name),
  }));
  return {
    ...splitTable(entry.from),
    id: 0,
    kind: "table",
    // What the events lack is seen when it matters: KafkaTable.needsWholeRows.
    replicaIdentity: "full",
    columns,
    uniqueKeys: [{ columns: key, isPrimary: true, isReplicaIdentity: false, isImmediate: true }],
    references: [],
  };
}

function keyColumns({ key, columns }: TablePlan): string[] {
  return key.flatMap((name) => sourceColumns(columns[name] ?? name));
}

function readsSeveral({ where, columns }: TablePlan): boolean {
  return where !== undefined || Object.values(columns).some((mapped) => sourceColumns(mapped).length > 1);
}
