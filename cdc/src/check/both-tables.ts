import type { ColumnFacts, TableFacts } from "../catalog/table-facts.ts";
import type { TablePlan } from "../plan/stream-plan.ts";

/** An entry of the plan with what both catalogs say of its tables; undefined where there is none of that name. */
export type BothTables = {
  /** With the columns that `others` and the plan's schema changes bring in. */
  plan: TablePlan;
  /** The entry's place in the plan. */
  place: number;
  /** The source columns that only these bring in. */
  optional: ReadonlySet<string>;
  source: TableFacts | undefined;
  target: TableFacts | undefined;
};

/** The same where both are there. */
export type Both = BothTables & { source: TableFacts; target: TableFacts };

export function findColumn(table: TableFacts, name: string): ColumnFacts | undefined {
  return table.columns.find((column) => column.name === name);
}

export function isUnique(table: TableFacts, columns: readonly string[], immediate: boolean): boolean {
  const wanted = [...columns].sort().join();
  return table.uniqueKeys.some((key) => (key.isImmediate || !immediate) && [...key.columns].sort().join() === wanted);
}

/** What the log tells of a row before a change. */
export function identityColumns(table: TableFacts): readonly string[] | "all" {
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
