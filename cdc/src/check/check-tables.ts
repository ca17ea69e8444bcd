// What both catalogs say about the plan's tables. Pure: facts in, problems out.

import { nearest } from "@strangler/platform";
import type { TableFacts } from "../catalog/table-facts.ts";
import { sourceColumns } from "../plan/column-plan.ts";
import { formatTable } from "../postgres/quote.ts";
import { findColumn, type Both, type BothTables } from "./both-tables.ts";
import { checkNames, checkTargetKey } from "./check-keys.ts";
import { checkLargeValues } from "./check-large-values.ts";
import { checkPart } from "./check-parts.ts";
import { checkTargetColumns } from "./check-target-columns.ts";
import { planProblem, type PlanProblem } from "./problem.ts";

export type { BothTables } from "./both-tables.ts";

export type KnownTables = { source: readonly string[]; target: readonly string[] };

/** Everything about tables and columns that keeps the stream from running. */
export function checkTables(tables: readonly BothTables[], known: KnownTables): PlanProblem[] {
  return tables.flatMap((table) => {
    const missing = missingTables(table, known);
    if (missing.length > 0 || table.source === undefined || table.target === undefined) return missing;
    const both = { ...table, source: table.source, target: table.target };
    const columns = missingColumns(both);
    if (columns.length > 0) return columns;
    return [
      ...checkPartition(both, tables),
      ...checkNames(both),
      ...checkTargetKey(both),
      ...checkPart(both, tables),
      ...checkLargeValues(both),
      ...checkTargetColumns(both),
    ];
  });
}

// --- internal ---

function missingTables({ plan, place, source, target }: BothTables, known: KnownTables): PlanProblem[] {
  const missing = (side: "source" | "target", path: string, table: string) => {
    const guess = nearest(table, known[side]);
    const hint = guess === undefined ? "Create it, or correct the plan." : `Did you mean "${guess}"?`;
    return planProblem("TABLE_MISSING", path, `The ${side} has no table ${table}. ${hint}`);
  };
  const from = `tables.${place}.from`;
  const to = `tables.${place}.to`;
  const noLog = `${plan.from} is no table; views and foreign tables have no log. Name the tables behind it.`;
  const noTable = `${plan.to} of the target is no table, so rows cannot be kept in it. Name the table behind it.`;
  return [
    ...(source === undefined ? [missing("source", from, plan.from)] : []),
    ...(target === undefined ? [missing("target", to, plan.to)] : []),
    ...(source?.kind === "other" ? [planProblem("NOT_A_TABLE", from, noLog)] : []),
    ...(target?.kind === "other" ? [planProblem("TARGET_NOT_A_TABLE", to, noTable)] : []),
  ];
}

function missingColumns({ plan, place, source, target }: Both): PlanProblem[] {
  const uses = [
    ...Object.entries(plan.columns).flatMap(([name, mapped]) =>
      sourceColumns(mapped).map((column) => ({ column, path: `tables.${place}.columns.${name}` })),
    ),
    ...(plan.where?.from ?? []).map((column) => ({ column, path: `tables.${place}.where` })),
  ];
  const fromSource = uses.filter(({ column }, at) => uses.findIndex((use) => use.column === column) === at);
  return [
    ...fromSource.flatMap(({ column, path }) => missingColumn("source", plan.from, source, column, path)),
    ...Object.keys(plan.columns).flatMap((name) =>
      missingColumn("target", plan.to, target, name, `tables.${place}.columns.${name}`),
    ),
    ...fromSource.flatMap(({ column, path }) => generatedColumn(plan.from, source, column, path)),
  ];
}

function missingColumn(side: string, table: string, facts: TableFacts, name: string, path: string): PlanProblem[] {
  if (findColumn(facts, name) !== undefined) return [];
  const names = facts.columns.map((column) => column.name);
  const guess = nearest(name, names);
  const hint = guess === undefined ? `It has: ${names.join(", ")}.` : `Did you mean "${guess}"?`;
  const sentence = `The ${side}'s ${table} has no column "${name}". ${hint} Mend the plan.`;
  return [planProblem("COLUMN_MISSING", path, sentence)];
}

function generatedColumn(table: string, source: TableFacts, name: string, path: string): PlanProblem[] {
  if (findColumn(source, name)?.isGenerated !== true) return [];
  const reason = `The column "${name}" of ${table} is generated, so the log does not carry it.`;
  return [planProblem("COLUMN_GENERATED", path, `${reason} Map its expression over the columns it is made of.`)];
}

// A partitioned table is published as itself (publish_via_partition_root), so what its partitions get is told of it alone.
function checkPartition({ plan, place, source }: Both, all: readonly BothTables[]): PlanProblem[] {
  if (source.partitionOf === undefined) return [];
  const root = formatTable(source.partitionOf);
  if (!all.some((other) => other.plan.from === root)) return [];
  const sentence = `${plan.from} is a partition of ${root}, which this stream reads too, so its rows are told as rows of ${root} only. Read ${root}, with a filter.`;
  return [planProblem("PARTITION_READ_TWICE", `tables.${place}.from`, sentence)];
}
