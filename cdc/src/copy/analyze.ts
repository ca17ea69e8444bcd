import { isRefusal } from "../apply/refusal.ts";
import { quoteTable, type TableName } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";

/**
 * Counts a filled table for the target's planner. Only a hint: a role without the right to it is merely warned by the server, and there
 * are values of which the server can make no statistics (a range of numbers too large for its estimates).
 */
export async function analyze(target: Session, table: TableName): Promise<void> {
  await target.query(`ANALYZE ${quoteTable(table)}`).catch((error: unknown) => {
    if (!isRefusal(error)) throw error;
  });
}
