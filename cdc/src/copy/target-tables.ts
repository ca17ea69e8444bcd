import { errorCode } from "@strangler/platform";
import { quoteTable, type TableName } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";

/** Which of these tables hold rows. */
export async function findFilled(session: Session, tables: readonly TableName[]): Promise<TableName[]> {
  const filled: TableName[] = [];
  for (const table of tables) {
    const { rows } = await session.query(`SELECT 1 FROM ${quoteTable(table)} LIMIT 1`);
    if (rows.length > 0) filled.push(table);
  }
  return filled;
}

/** Empties tables that an interrupted copy left half filled. Nobody reads them yet, so the fast way is tried first. */
export async function emptyTables(session: Session, tables: readonly TableName[]): Promise<void> {
  if (tables.length === 0) return;
  try {
    await session.query(`TRUNCATE ${tables.map(quoteTable).join(", ")}`);
  } catch (error) {
    // No right to truncate, or a table of somebody else's refers to one of these.
    if (!["42501", "0A000"].includes(errorCode(error) ?? "")) throw error;
    for (const table of tables) await session.query(`DELETE FROM ${quoteTable(table)}`);
  }
}
