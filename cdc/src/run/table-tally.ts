import type { Batch } from "../apply/batch.ts";
import type { Unit } from "../apply/unit.ts";
import { formatTable } from "../postgres/quote.ts";

/** What has happened to a target table, and what is still to come. */
export type TableActivity = {
  table: string;
  /** Rows that were written or removed since the process began. */
  changes: number;
  /** Rows that have arrived and are not on the target yet. */
  waiting: number;
};

export type TableTally = {
  /** Counts a unit that is on the target. */
  add: (unit: Unit) => void;
  /** By name; with what waits, as the collector counts it. */
  list: (waiting: ReadonlyMap<string, number>) => TableActivity[];
};

/** Counts rows by table. Costs a few additions for each unit of work, nothing for a change. */
export function createTableTally(): TableTally {
  const changes = new Map<string, number>();
  return {
    add(unit) {
      if (unit.kind === "batch") countRows(unit.batch, changes);
      else if (unit.kind === "single") count(changes, formatTable(unit.table.resolved.to), 1);
    },
    list: (waiting) =>
      [...new Set([...changes.keys(), ...waiting.keys()])]
        .sort()
        .map((table) => ({ table, changes: changes.get(table) ?? 0, waiting: waiting.get(table) ?? 0 })),
  };
}

/** Adds the batch's rows to the counts of their target tables. */
export function countRows(batch: Batch, counts: Map<string, number>): void {
  for (const { table, rows } of batch.tables.values()) count(counts, formatTable(table.resolved.to), rows.size);
}

// --- internal ---

function count(counts: Map<string, number>, table: string, rows: number): void {
  counts.set(table, (counts.get(table) ?? 0) + rows);
}
