import type { RowMessage } from "../capture/pgoutput.ts";
import { TargetRefusedError } from "../errors.ts";
import { formatTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { FollowedTable } from "./followed-table.ts";
import { describeKey } from "./parameters.ts";
import { isRefusal } from "./refusal.ts";
import { readRowChange, type LoggedRow, type RowChange } from "./row-change.ts";
import { removeAllSql, type Statement } from "./statements.ts";
import type { Writer } from "./write-batch.ts";

/**
 * What the target had of a row that was to be changed: it, or nothing, so that it was written whole, or was gone already, or has to
 * be read anew from the source because the log does not carry all of it.
 */
export type Found = "row" | "nothing, mended" | "nothing, gone" | "nothing, awaits repair";

/**
 * Writes one change, and answers what the target had.
 * Throws TargetRefusedError, which names table and key, when the target does not take it.
 */
export async function writeOne(writer: Writer, message: RowMessage, table: FollowedTable): Promise<Found> {
  const change = readRowChange(message, table);
  try {
    return await write(writer, change, table);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    throw new TargetRefusedError(formatTable(table.resolved.to), describeKey(table, change.row), error);
  }
}

/**
 * Empties the tables. By DELETE: TRUNCATE would also empty them for transactions that began before, and make every reader
 * wait; a copy that is in use must do neither.
 */
export async function truncateTables(session: Session, tables: readonly FollowedTable[]): Promise<void> {
  for (const { resolved } of tables) await session.query(removeAllSql(resolved));
}

// --- internal ---

async function write(writer: Writer, change: RowChange, table: FollowedTable): Promise<Found> {
  const statements = writer.statementsOf(table);
  const run = (statement: Statement, row: LoggedRow) => runOn(writer, table, statement, row);
  switch (change.op) {
    case "insert":
      return whole(await run(statements.upsert, change.row), table);
    case "delete": {
      // A filtered table never had the rows that did not fulfil its filter.
      const removed = await run(statements.remove, change.row);
      // Nor is a part of a row there any more when the row went first.
      const mayBeGone = statements.removeFiltered !== undefined || table.resolved.part === true;
      return removed > 0 || mayBeGone ? "row" : "nothing, gone";
    }
    case "update":
      return update(writer, change, table);
    case "rekey":
      if (change.lacking !== "") return rekey(writer, change, table);
      await run(statements.remove, change.oldRow);
      return whole(await run(statements.upsert, change.row), table);
  }
}

// A part of a row that is not there cannot be written; whoever reads the row anew writes its parts too.
function whole(written: number, { resolved }: FollowedTable): Found {
  return written === 0 && resolved.part === true && resolved.where === undefined ? "nothing, awaits repair" : "row";
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
  if (lacking !== "") return "nothing, awaits repair";
  if (table.resolved.part === true) return "nothing, awaits repair";
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
  return rowCount === 0 ? "nothing, awaits repair" : "row";
}

async function runOn(writer: Writer, table: FollowedTable, statement: Statement, row: LoggedRow): Promise<number> {
  const values = writer.parameters.build(table, statement.inputs, [row]);
  const { rowCount } = await writer.session.query({ name: statement.name, text: statement.text, values });
  return rowCount ?? 0;
}
