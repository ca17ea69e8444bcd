// The target's half of a window, in the transaction that is open where the window closes: rows that the log has not touched
// meanwhile are written where they differ, rows that the source does not have are removed.

import { errorCode } from "@strangler/platform";
import type { FollowedTable } from "../apply/followed-table.ts";
import { describeKey } from "../apply/parameters.ts";
import { isRefusal } from "../apply/refusal.ts";
import type { Writer } from "../apply/write-batch.ts";
import { TargetRefusedError } from "../errors.ts";
import type { IsFree } from "../parked/is-free.ts";
import { formatTable, quoteName } from "../postgres/quote.ts";
import type { WindowOutcome } from "./window-request.ts";
import { keyRow, type WindowRow } from "./window-rows.ts";
import type { WindowRead } from "./read-window.ts";

/** What is left to be done of what was read. */
export type WindowWork = {
  rows: readonly WindowRow[];
  removed: readonly WindowRow[];
  /** How much was put aside. */
  touched: number;
  /** Names of rows that the log has brought, of the whole table. */
  broughtByLog: ReadonlySet<string>;
};

/** Puts aside what the log has touched. Pure. */
export function untouched(layout: FollowedTable, read: WindowRead, touched: ReadonlySet<string>): WindowWork {
  const rows = read.rows.filter(({ name }) => !touched.has(name));
  const absent = read.absent.map((key) => keyRow(layout, key));
  const removed = absent.filter(({ name }) => !touched.has(name));
  const putAside = read.rows.length - rows.length + absent.length - removed.length;
  return { rows, removed, touched: putAside, broughtByLog: touched };
}

/** Puts aside what a parked transaction touches: it is brought up to date when that is applied. */
export async function withoutParked(layout: FollowedTable, work: WindowWork, isFree: IsFree): Promise<WindowWork> {
  const keep = async (rows: readonly WindowRow[], op: "insert" | "delete") => {
    const kept: WindowRow[] = [];
    for (const row of rows) if (await isFree(layout, row, op)) kept.push(row);
    return kept;
  };
  const rows = await keep(work.rows, "insert");
  const removed = await keep(work.removed, "delete");
  const putAside = work.rows.length - rows.length + work.removed.length - removed.length;
  return { ...work, rows, removed, touched: work.touched + putAside };
}

/**
 * Writes it. Rows that the target refuses as a set are tried one by one: a value that must be unique may still be held by a row
 * that a later window brings up to date. Such rows are left out and answered in `refused`.
 */
export async function writeWindow(
  writer: Writer,
  layout: FollowedTable,
  work: WindowWork,
): Promise<WindowOutcome & { refused: readonly RefusedRow[] }> {
  const { rows, removed, touched } = work;
  const gone = await run(writer, layout, "remove", removed);
  const outcome = { read: rows.length + touched, removed: gone, touched };
  const written = await attempt(writer, () => run(writer, layout, "write", rows));
  if (typeof written === "number") return { ...outcome, written, refused: [] };
  const oneByOne = await writeEach(writer, layout, rows);
  return { ...outcome, ...oneByOne };
}

export type RefusedRow = {
  row: WindowRow;
  error: TargetRefusedError;
  /** Another row of the target holds a value of this one that must be unique. */
  isHeld: boolean;
};

// --- internal ---

async function writeEach(
  writer: Writer,
  layout: FollowedTable,
  rows: readonly WindowRow[],
): Promise<{ written: number; refused: RefusedRow[] }> {
  const refused: RefusedRow[] = [];
  let written = 0;
  for (const row of rows) {
    const answer = await attempt(writer, () => run(writer, layout, "write", [row]));
    if (typeof answer === "number") written += answer;
    else refused.push({ row, error: refusal(layout, row, answer), isHeld: isUnique(answer) });
  }
  if (refused.length < 2) return { written, refused };
  // Rows that exchange their unique values with each other: all of them go, then all of them come.
  const exchanged = await attempt(writer, async () => {
    const both = refused.map(({ row }) => row);
    await run(writer, layout, "remove", both);
    return run(writer, layout, "write", both);
  });
  return typeof exchanged === "number" ? { written: written + exchanged, refused: [] } : { written, refused };
}

// unique_violation, exclusion_violation.
function isUnique(error: Error): boolean {
  return ["23505", "23P01"].includes(errorCode(error) ?? "");
}

function refusal(layout: FollowedTable, row: WindowRow, cause: Error): TargetRefusedError {
  return new TargetRefusedError(formatTable(layout.resolved.to), describeKey(layout, row), cause);
}

/** What `write` answers; its refusal by the target, with nothing of it done. */
async function attempt(writer: Writer, write: () => Promise<number>): Promise<number | Error> {
  await writer.session.query("SAVEPOINT strangler_window");
  try {
    const written = await write();
    await writer.session.query("RELEASE SAVEPOINT strangler_window");
    return written;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await writer.session.query("ROLLBACK TO SAVEPOINT strangler_window; RELEASE SAVEPOINT strangler_window");
    return error;
  }
}

async function run(
  writer: Writer,
  layout: FollowedTable,
  kind: "remove" | "write",
  rows: readonly WindowRow[],
): Promise<number> {
  if (rows.length === 0) return 0;
  const { remove, upsert } = writer.statementsOf(layout);
  const statement = kind === "remove" ? remove : upsert;
  const values = writer.parameters.build(layout, statement.inputs, rows);
  const text = kind === "remove" ? remove.text : `${upsert.text}${whereDifferent(layout)}`;
  const { rowCount } = await writer.session.query({ name: `w-${statement.name}`, text, values });
  return rowCount ?? 0;
}

// A row that is as it should be is not written again, which would only leave a dead copy of it behind.
function whereDifferent({ resolved }: FollowedTable): string {
  const others = resolved.columns.filter((column) => !resolved.key.includes(column));
  if (resolved.part === true || others.length === 0) return "";
  const table = quoteName(resolved.to.name);
  const differs = others.map(
    ({ name }) =>
      `${table}.${quoteName(name)}::pg_catalog.text IS DISTINCT FROM excluded.${quoteName(name)}::pg_catalog.text`,
  );
  return ` WHERE ${differs.join(" OR ")}`;
}
