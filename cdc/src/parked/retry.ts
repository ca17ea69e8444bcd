// Parked transactions are written again in commit order, each in a target transaction of its own, through the same writer as the
// log's. One that is refused again stays, and so does every later one that touches what it touches.

import type { Logger } from "@strangler/platform";
import { isKnownError } from "@strangler/platform";
import { followTable, type FollowedTable } from "../apply/followed-table.ts";
import { truncateTables, writeOne } from "../apply/one-by-one.ts";
import { isRefusal } from "../apply/refusal.ts";
import { noteForRepair } from "../apply/repair-queue.ts";
import { readRowChange } from "../apply/row-change.ts";
import { createWriter } from "../apply/writer.ts";
import type { Writer } from "../apply/write-batch.ts";
import type { Relation } from "../capture/pgoutput.ts";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { formatTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import { listEntries } from "./parked-store.ts";
import { readChanges, readLayouts, type StoredChange } from "./read-parked.ts";

export type RetryOptions = { session: Session; stream: string; tables: readonly ResolvedTable[]; log: Logger };

/** What became of one parked transaction. */
export type RetryOutcome =
  | { id: string; outcome: "applied"; changes: number }
  | { id: string; outcome: "refused"; reason: string }
  | { id: string; outcome: "waits"; waitsFor: string };

/** Retries one parked transaction, or with null all. Only by whom has the stream's lock, and with no transaction open. */
export async function retryParked(options: RetryOptions, only: string | null): Promise<RetryOutcome[]> {
  const { session, stream } = options;
  const writer = createWriter(session);
  const outcomes: RetryOutcome[] = [];
  for (const { id, state } of await listEntries(session, stream)) {
    if (state !== "parked" || (only !== null && id !== only)) continue;
    const waitsFor = await findEarlier(session, stream, id);
    outcomes.push(waitsFor === undefined ? await retryOne(options, writer, id) : { id, outcome: "waits", waitsFor });
  }
  return outcomes;
}

/** Gives a parked transaction up: its changes are gone for good, a line of it stays. False when there is none of that number. */
export async function discardParked(session: Session, stream: string, id: string, reason: string): Promise<boolean> {
  const { rowCount } = await session.query(
    `UPDATE strangler.parked_transaction SET state = 'discarded', discard_reason = $3 WHERE stream = $1 AND id = $2 AND state <> 'discarded'`,
    [stream, id, reason],
  );
  for (const table of ["parked_change", "parked_relation", "parked_key"])
    await session.query(`DELETE FROM strangler.${table} WHERE parked = $1`, [id]);
  return rowCount === 1;
}

// --- internal ---

const CHANGES_AT_ONCE = 1_000;

// The collision of touch.ts, asked of the store: two touches collide when their modes add up to 4.
async function findEarlier(session: Session, stream: string, id: string): Promise<string | undefined> {
  const { rows } = await session.query<{ id: string }>(
    `SELECT e.id FROM strangler.parked_transaction e
     JOIN strangler.parked_transaction t ON t.id = $2 AND t.stream = e.stream AND e.commit_lsn < t.commit_lsn
     WHERE e.stream = $1 AND e.state <> 'discarded' AND EXISTS (
       SELECT FROM strangler.parked_key a JOIN strangler.parked_key b
         ON b.parked = t.id AND a.space = b.space AND a.mode + b.mode >= 4
        AND (a.key = b.key OR a.key IS NULL OR b.key IS NULL)
       WHERE a.parked = e.id)
     ORDER BY e.commit_lsn LIMIT 1`,
    [stream, id],
  );
  return rows[0]?.id;
}

async function retryOne(options: RetryOptions, writer: Writer, id: string): Promise<RetryOutcome> {
  const { session, log } = options;
  await session.query("BEGIN; SET CONSTRAINTS ALL DEFERRED");
  try {
    const changes = await writeChanges(options, writer, id);
    await session.query("SET CONSTRAINTS ALL IMMEDIATE");
    await session.query("DELETE FROM strangler.parked_transaction WHERE id = $1", [id]);
    await session.query("COMMIT");
    log.info({ parked: id, changes }, "a parked transaction is applied");
    return { id, outcome: "applied", changes };
  } catch (error) {
    if (!(error instanceof Error) || (!isRefusal(error) && !isKnownError(error))) throw error;
    await session.query("ROLLBACK");
    await session.query("UPDATE strangler.parked_transaction SET tries = tries + 1 WHERE id = $1", [id]);
    log.warn({ parked: id, reason: error.message }, "a parked transaction is refused again");
    return { id, outcome: "refused", reason: error.message };
  }
}

async function writeChanges(options: RetryOptions, writer: Writer, id: string): Promise<number> {
  const { session, tables } = options;
  const layouts = new Map(
    [...(await readLayouts(session, id))].map(([layout, relation]) => [layout, tablesOf(tables, relation)]),
  );
  let count = 0;
  for (let after = -1n; ;) {
    const changes = await readChanges(session, id, after, CHANGES_AT_ONCE);
    for (const change of changes) await writeChange(options, writer, change, layouts.get(change.layout) ?? []);
    count += changes.length;
    if (changes.length < CHANGES_AT_ONCE) return count;
    after = changes.at(-1)?.place ?? after;
  }
}

function tablesOf(tables: readonly ResolvedTable[], relation: Relation): FollowedTable[] {
  return tables
    .filter(({ from }) => formatTable(from) === formatTable(relation))
    .map((table) => followTable(table, relation));
}

async function writeChange(
  { session, stream }: RetryOptions,
  writer: Writer,
  { message }: StoredChange,
  tables: readonly FollowedTable[],
): Promise<void> {
  if (message === undefined) return truncateTables(session, tables);
  for (const table of tables) {
    const found = await writeOne(writer, message, table);
    if (found !== "nothing, awaits repair") continue;
    await noteForRepair(session, stream, table, readRowChange(message, table).row, "missing when it was retried");
  }
}
