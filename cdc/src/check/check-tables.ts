// What both catalogs say about the plan's tables. Pure: facts in, problems out.

import { ExitCode, nearest } from "@strangler/platform";
import type { ColumnFacts, TableFacts } from "../catalog/table-facts.ts";
import type { StreamProblem } from "../errors.ts";
import type { TablePlan } from "../plan/stream-plan.ts";

export type BothTables = { plan: TablePlan; source: TableFacts | undefined; target: TableFacts | undefined };
export type KnownTables = { source: readonly string[]; target: readonly string[] };

/** Everything about tables and columns that keeps the stream from running. */
export function checkTables(tables: readonly BothTables[], known: KnownTables): StreamProblem[] {
  return tables.flatMap((table) => {
    const missing = missingTables(table, known);
    if (missing.length > 0 || table.source === undefined || table.target === undefined) return missing;
    const both = { plan: table.plan, source: table.source, target: table.target };
    const columns = missingColumns(both);
    if (columns.length > 0) return columns;
    return [...checkNames(both), ...checkTargetKey(both), ...checkLargeValues(both), ...checkTargetColumns(both)];
  });
}

// --- internal ---

type Both = { plan: TablePlan; source: TableFacts; target: TableFacts };

function problem(problemName: string, sentence: string): StreamProblem {
  return { problem: problemName, exitCode: ExitCode.configuration, sentence };
}

function missingTables({ plan, source, target }: BothTables, known: KnownTables): StreamProblem[] {
  const sentence = (side: string, table: string, candidates: readonly string[]) => {
    const guess = nearest(table, candidates);
    const hint = guess === undefined ? "Create it, or correct the plan." : `Did you mean "${guess}"?`;
    return problem("TABLE_MISSING", `The ${side} has no table ${table}. ${hint}`);
  };
  return [
    ...(source === undefined ? [sentence("source", plan.from, known.source)] : []),
    ...(target === undefined ? [sentence("target", plan.to, known.target)] : []),
    ...(source?.kind === "other"
      ? [
          problem(
            "NOT_A_TABLE",
            `${plan.from} is no table; views and foreign tables have no log. Name the tables behind it.`,
          ),
        ]
      : []),
  ];
}

function missingColumns({ plan, source, target }: Both): StreamProblem[] {
  const needed = Object.values(plan.columns).flatMap((mapped) => (typeof mapped === "string" ? [mapped] : mapped.from));
  const fromSource = [...new Set([...needed, ...(plan.where?.from ?? [])])];
  return [
    ...fromSource.flatMap((name) => missingColumn("source", plan.from, source, name)),
    ...Object.keys(plan.columns).flatMap((name) => missingColumn("target", plan.to, target, name)),
    ...fromSource.flatMap((name) => generatedColumn(plan.from, findColumn(source, name))),
  ];
}

function missingColumn(side: string, table: string, facts: TableFacts, name: string): StreamProblem[] {
  if (findColumn(facts, name) !== undefined) return [];
  const names = facts.columns.map((column) => column.name);
  const guess = nearest(name, names);
  const hint = guess === undefined ? `It has: ${names.join(", ")}.` : `Did you mean "${guess}"?`;
  return [problem("COLUMN_MISSING", `The ${side}'s ${table} has no column "${name}". ${hint} Mend the plan.`)];
}

function generatedColumn(table: string, column: ColumnFacts | undefined): StreamProblem[] {
  if (column?.isGenerated !== true) return [];
  const reason = `The column "${column.name}" of ${table} is generated, so the log does not carry it.`;
  return [problem("COLUMN_GENERATED", `${reason} Map its expression over the columns it is made of.`)];
}

// Whether a row has a name at the source, and whether the log tells it.
function checkNames({ plan, source }: Both): StreamProblem[] {
  const key = plan.key.map((name) => plan.columns[name]).filter((column) => typeof column === "string");
  if (!isUnique(source, key, false)) return [notUnique(plan, source, key)];
  const nullable = key.filter((name) => findColumn(source, name)?.notNull !== true);
  if (nullable.length > 0) {
    const reason = `The key of the source's ${plan.from} may be null (${list(nullable)}).`;
    return [problem("KEY_NULLABLE", `${reason} ALTER TABLE ${plan.from} ALTER COLUMN ${nullable[0]} SET NOT NULL.`)];
  }
  // What the log tells of a row's name before a change is its replica identity.
  const identity = identityColumns(source);
  if (identity === "all" || key.every((name) => identity.includes(name))) return [];
  const reason = `The log of ${plan.from} does not name a row by ${list(key)}: its replica identity is "${source.replicaIdentity}" (${identity.join(", ") || "no column"}).`;
  return [
    problem("REPLICA_IDENTITY", `${reason} ALTER TABLE ${plan.from} REPLICA IDENTITY FULL, or use its primary key.`),
  ];
}

function notUnique(plan: TablePlan, source: TableFacts, key: readonly string[]): StreamProblem {
  const without = source.uniqueKeys.length === 0 ? "has no primary key" : `is not unique by ${list(key)}`;
  const keys = source.uniqueKeys.map(({ columns }) => `(${columns.join(", ")})`).join(" or ");
  const remedy =
    keys === ""
      ? `Give it one: ALTER TABLE ${plan.from} ADD PRIMARY KEY (${key.join(", ")}).`
      : `Use one of its keys: ${keys}.`;
  return problem("NO_KEY", `The source's ${plan.from} ${without}, so its rows cannot be told apart. ${remedy}`);
}

function checkTargetKey({ plan, target }: Both): StreamProblem[] {
  if (isUnique(target, plan.key, true)) return [];
  const reason = `The target's ${plan.to} has no primary key or unique index on exactly ${list(plan.key)} that is not deferrable.`;
  return [problem("TARGET_KEY_NOT_UNIQUE", `${reason} CREATE UNIQUE INDEX ON ${plan.to} (${plan.key.join(", ")}).`)];
}

// A row that enters the filter, or an expression over several columns, needs values that the log leaves out when they are large
// and did not change.
function checkLargeValues({ plan, source }: Both): StreamProblem[] {
  if (source.replicaIdentity === "full") return [];
  const large = (names: readonly string[]) => names.filter((name) => findColumn(source, name)?.mayLieApart === true);
  const remedy = `ALTER TABLE ${plan.from} REPLICA IDENTITY FULL.`;
  const problems: StreamProblem[] = [];
  if (plan.where !== undefined) {
    const mapped = Object.values(plan.columns).flatMap((column) =>
      typeof column === "string" ? [column] : column.from,
    );
    const names = large([...new Set([...plan.where.from, ...mapped])]);
    if (names.length > 0) {
      const reason = `${plan.from} is filtered, and a row that comes to fulfil the filter needs all its values, but the log leaves out large ones that did not change (${list(names)}).`;
      problems.push(problem("FILTER_NEEDS_FULL_ROWS", `${reason} ${remedy}`));
    }
  }
  for (const [name, column] of Object.entries(plan.columns)) {
    if (typeof column === "string" || column.from.length < 2 || large(column.from).length === 0) continue;
    const reason = `The expression for "${name}" of ${plan.to} reads several columns, and the log leaves out large ones that did not change (${list(large(column.from))}).`;
    problems.push(problem("EXPRESSION_NEEDS_FULL_ROWS", `${reason} ${remedy}`));
  }
  return problems;
}

function checkTargetColumns({ plan, target }: Both): StreamProblem[] {
  return target.columns.flatMap((column) => {
    const mapped = Object.hasOwn(plan.columns, column.name);
    if (mapped && column.isGenerated) {
      const reason = `The target's ${plan.to} computes "${column.name}" itself.`;
      return [problem("TARGET_COLUMN_GENERATED", `${reason} Leave it out of the plan.`)];
    }
    if (mapped || !column.notNull || column.hasDefault || column.isGenerated) return [];
    const reason = `The target's ${plan.to} demands a value for "${column.name}", and the plan gives none.`;
    return [problem("TARGET_COLUMN_WITHOUT_VALUE", `${reason} Map it, or give it a default.`)];
  });
}

function findColumn(table: TableFacts, name: string): ColumnFacts | undefined {
  return table.columns.find((column) => column.name === name);
}

function isUnique(table: TableFacts, columns: readonly string[], immediate: boolean): boolean {
  const wanted = [...columns].sort().join();
  return table.uniqueKeys.some((key) => (key.isImmediate || !immediate) && [...key.columns].sort().join() === wanted);
}

function identityColumns(table: TableFacts): readonly string[] | "all" {
  switch (table.replicaIdentity) {
    case "full":
      return "all";
    case "nothing":
      return [];
    case "index":
      return table.uniqueKeys.find((key) => key.isReplicaIdentity)?.columns ?? [];
    case "default":
      return table.uniqueKeys.find((key) => key.isPrimary)?.columns ?? [];
  }
}

function list(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
