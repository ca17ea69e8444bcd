import { sourceTables, targetTables, type StreamPlan } from "./plan/stream-plan.ts";
import { quoteName, quoteTable } from "./postgres/quote.ts";
import { storeGrants } from "./target-store.ts";
import { originGrants } from "./two-way/origin.ts";

/** What a superuser of the source runs so that `role` may capture the stream: replicate, and read exactly its tables. Pure. */
export function captureGrants(plan: Pick<StreamPlan, "tables">, role: string): string[] {
  const tables = sourceTables(plan);
  return unique([
    `ALTER ROLE ${quoteName(role)} REPLICATION`,
    ...tables.map(({ schema }) => `GRANT USAGE ON SCHEMA ${quoteName(schema)} TO ${quoteName(role)}`),
    ...tables.map((table) => `GRANT SELECT ON ${quoteTable(table)} TO ${quoteName(role)}`),
  ]);
}

/**
 * What a superuser of the target runs so that `role` may apply the stream: write exactly its target tables, as a replica, and keep its
 * place in the tables of the schema "strangler", which must be there. Pure.
 */
export function applyGrants(plan: Pick<StreamPlan, "tables" | "reverse">, role: string): string[] {
  const tables = targetTables(plan);
  const rights = "SELECT, INSERT, UPDATE, DELETE, TRUNCATE";
  return unique([
    `GRANT SET ON PARAMETER session_replication_role TO ${quoteName(role)}`,
    ...tables.map(({ schema }) => `GRANT USAGE ON SCHEMA ${quoteName(schema)} TO ${quoteName(role)}`),
    ...tables.map((table) => `GRANT ${rights} ON ${quoteTable(table)} TO ${quoteName(role)}`),
    ...storeGrants(role),
    ...(plan.reverse === undefined ? [] : originGrants(role)),
  ]);
}

// --- internal ---

function unique(statements: readonly string[]): string[] {
  return [...new Set(statements)];
}
