import { errorCode } from "@strangler/platform";
import type { RowMessage } from "../capture/pgoutput.ts";
import { MissingRowError, TargetRefusedError } from "../errors.ts";
import { formatTable, quoteTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { FollowedTable } from "./followed-table.ts";
import { describeKey } from "./parameters.ts";
import { readRowChange, type LoggedRow, type RowChange } from "./row-change.ts";
import type { Statement } from "./statements.ts";
import type { Writer } from "./write-batch.ts";

/** What the target had of a row that was to be changed: it, or nothing, so that it was written whole, or was gone already. */
export type Found = "row" | "nothing, mended" | "nothing, gone";

/**
 * Writes one change, and answers what the target had.
 * Throws TargetRefusedError, which names table and key, when the target does not take it, MissingRowError when the row is not
 * there and the log does not carry all of it.
 */
export async function writeOne(writer: Writer, message: RowMessage, table: FollowedTable): Promise<Found> {
  const change = readRowChange(message, table);
  try {
    return await write(writer, change, table);
  } catch (error) {
    if (!/^2[23]/.test(errorCode(error) ?? "")) throw error;
    throw new TargetRefusedError(formatTable(table.resolved.to), describeKey(table, change.row), error);
  }
}

/**
 * Empties the tables. By DELETE: TRUNCATE would also empty them for transactions that began before, and make every reader
 * wait; a copy that is in use must do neither.
 */
export async function truncateTables(session: Session, tables: readonly FollowedTable[]): Promise<void> {
  for (const { resolved } of tables) await session.query(`DELETE FROM ${quoteTable(resolved.to)}`);
}

// --- internal ---

async function write(writer: Writer, change: RowChange, table: FollowedTable): Promise<Found> {
  const statements = writer.statementsOf(table);
  const run = (statement: Statement, row: LoggedRow) => runOn(writer, table, statement, row);
  switch (change.op) {
    case "insert":
      await run(statements.upsert, change.row);
      return "row";
    case "delete": {
      // A filtered table never had the rows that did not fulfil its filter.
      const removed = await run(statements.remove, change.row);
      return removed > 0 || statements.removeFiltered !== undefined ? "row" : "nothing, gone";
    }
    case "update":
      return update(writer, change, table);
    case "rekey":
      if (change.lacking !== "") return rekey(writer, change, table);
      await run(statements.remove, change.oldRow);
      await run(statements.upsert, change.row);
      return "row";
  }
}

async function update(
  writer: Writer,
  { row, lacking }: Extract<RowChange, { op: "update" }>,
  table: FollowedTable,
): Promise<Found> {
  const statements = writer.statementsOf(table);
  if (statements.removeFiltered !== undefined) {
    await runOn(writer, table, statements.removeFiltered, row);
    await runOn(writer, table, statements.upsert, row);
    return "row";
  }
  if ((await runOn(writer, table, statements.update(lacking), row)) > 0) return "row";
  if (lacking !== "") throw missing(table, row);
  await runOn(writer, table, statements.upsert, row);
  return "nothing, mended";
}

async function rekey(
  writer: Writer,
  { row, lacking, oldRow }: Extract<RowChange, { op: "rekey" }>,
  table: FollowedTable,
): Promise<Found> {
  const { name, text, inputs, oldKey } = writer.statementsOf(table).rekey(lacking);
  // The builder's buffers are its own until the next call.
  const given = writer.parameters.build(table, inputs, [row]).map((value) => Buffer.from(value));
  const values = [...given, ...writer.parameters.build(table, oldKey, [oldRow])];
  const { rowCount } = await writer.session.query({ name, text, values });
  if (rowCount === 0) throw missing(table, oldRow);
  return "row";
}

async function runOn(writer: Writer, table: FollowedTable, statement: Statement, row: LoggedRow): Promise<number> {
  const values = writer.parameters.build(table, statement.inputs, [row]);
  const { rowCount } = await writer.session.query({ name: statement.name, text: statement.text, values });
  return rowCount ?? 0;
}

function missing(table: FollowedTable, row: LoggedRow): MissingRowError {
  return new MissingRowError(formatTable(table.resolved.to), describeKey(table, row));
}
