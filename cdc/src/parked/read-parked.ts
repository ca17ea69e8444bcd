// Parked transactions as people look at them. Values are left out unless they are asked for: a log of them lies in terminals and
// tickets.

import { errorCode } from "@strangler/platform";
import type { Value } from "@strangler/change-event";
import type { Relation, RowMessage } from "../capture/pgoutput.ts";
import { readTuple } from "../capture/tuple.ts";
import type { Session } from "../postgres/session.ts";
import type { ParkedState } from "./parked-store.ts";

/** One parked transaction. Times are ISO 8601, positions in PostgreSQL's notation. */
export type ParkedTransaction = {
  id: string;
  state: ParkedState;
  transactionId: string;
  position: string;
  committedAt: string;
  parkedAt: string;
  changes: number;
  tries: number;
  /** The parked transaction that this one has to wait for; null for one that the target refused itself. */
  waitsFor: string | null;
  table: string | null;
  /** `id = 7`. */
  key: string | null;
  sqlState: string | null;
  /** The target's words. Where these may hold values they are hidden, unless values were asked for. */
  reason: string | null;
  discardReason: string | null;
};

/** A change as it lies parked. Values by column; "(hidden)" unless they were asked for. */
export type ShownChange = {
  op: "insert" | "update" | "delete" | "truncate";
  table: string;
  old: Record<string, string | null> | null;
  new: Record<string, string | null> | null;
};

/** All parked transactions of the stream, in commit order; with `id`, that one. */
export async function listParked(
  session: Session,
  stream: string,
  { id, values = false }: { id?: string | undefined; values?: boolean | undefined } = {},
): Promise<ParkedTransaction[]> {
  const { rows } = await session.query<Record<string, string | null>>(
    `SELECT id, state, xid, commit_lsn, ${iso("committed_at")}, ${iso("parked_at")}, changes, tries, waits_for, target_table, key,
            sql_state, message, detail, discard_reason
     FROM strangler.parked_transaction WHERE stream = $1 AND ($2::bigint IS NULL OR id = $2::bigint)
     ORDER BY commit_lsn`,
    [stream, id ?? null],
  );
  return rows.map((row) => readTransaction(row, values));
}

/** How much is parked, and how many rows wait to be read anew; nothing where the target keeps no store yet. */
export async function summarizeParked(session: Session, stream: string): Promise<ParkedSummary> {
  try {
    const { rows } = await session.query<Record<"transactions" | "awaiting", string> & { oldest: string | null }>(
      `SELECT count(*) AS transactions, pg_catalog.to_char(min(parked_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS oldest,
              (SELECT count(*) FROM strangler.repair_key WHERE stream = $1) AS awaiting
       FROM strangler.parked_transaction WHERE stream = $1 AND state <> 'discarded'`,
      [stream],
    );
    const row = rows[0];
    return {
      transactions: Number(row?.transactions ?? 0),
      oldestAt: row?.oldest ?? null,
      awaitingRepair: Number(row?.awaiting ?? 0),
    };
  } catch (error) {
    if (["42P01", "3F000"].includes(errorCode(error) ?? ""))
      return { transactions: 0, oldestAt: null, awaitingRepair: 0 };
    throw error;
  }
}

/** `oldestAt`: ISO 8601. */
export type ParkedSummary = { transactions: number; oldestAt: string | null; awaitingRepair: number };

/** A parked change as the log had it. */
export type StoredChange = {
  place: bigint;
  layout: number;
  op: ShownChange["op"];
  /** Undefined for a TRUNCATE. */
  message: RowMessage | undefined;
};

/** The forms of tables that a parked transaction's changes have, by layout. */
export async function readLayouts(session: Session, parked: string): Promise<Map<number, Relation>> {
  const { rows } = await session.query<{ layout: string; relation: string }>(
    "SELECT layout, relation FROM strangler.parked_relation WHERE parked = $1",
    [parked],
  );
  return new Map(rows.map(({ layout, relation }) => [Number(layout), JSON.parse(relation) as Relation]));
}

/** The changes behind `after` in the log's order, at most `limit`. */
export async function readChanges(
  session: Session,
  parked: string,
  after: bigint,
  limit: number,
): Promise<StoredChange[]> {
  const { rows } = await session.query<Record<string, string | null>>(
    `SELECT place, layout, op, old_is, pg_catalog.encode(old_row, 'hex') AS old_row, pg_catalog.encode(new_row, 'hex') AS new_row
     FROM strangler.parked_change WHERE parked = $1 AND place > $2 ORDER BY place LIMIT $3`,
    [parked, String(after), limit],
  );
  return rows.map(readChange);
}

/** The first changes of a parked transaction, at most `limit`. */
export async function showChanges(
  session: Session,
  parked: string,
  { values, limit }: { values: boolean; limit: number },
): Promise<ShownChange[]> {
  const layouts = await readLayouts(session, parked);
  const changes = await readChanges(session, parked, -1n, limit);
  return changes.map(({ layout, op, message }) => {
    const relation = layouts.get(layout);
    const show = (at: number) =>
      message === undefined || at < 0 || relation === undefined ? null : showRow(relation, message.bytes, at, values);
    return {
      op,
      table: relation === undefined ? "" : `${relation.schema}.${relation.name}`,
      old: show(message?.old ?? -1),
      new: show(message?.new ?? -1),
    };
  });
}

// --- internal ---

function iso(column: string): string {
  return `pg_catalog.to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS ${column}`;
}

function readTransaction(row: Record<string, string | null>, values: boolean): ParkedTransaction {
  return {
    id: row["id"] ?? "",
    state: (row["state"] ?? "parked") as ParkedState,
    transactionId: row["xid"] ?? "",
    position: row["commit_lsn"] ?? "",
    committedAt: row["committed_at"] ?? "",
    parkedAt: row["parked_at"] ?? "",
    changes: Number(row["changes"]),
    tries: Number(row["tries"]),
    waitsFor: row["waits_for"] ?? null,
    table: row["target_table"] ?? null,
    key: row["key"] ?? null,
    sqlState: row["sql_state"] ?? null,
    reason: values ? [row["message"], row["detail"]].filter(Boolean).join(" ") || null : hideValues(row),
    discardReason: row["discard_reason"] ?? null,
  };
}

// A broken constraint is named by names only, and so is a text that is too long; other complaints quote what they were given.
function hideValues({ message, sql_state }: Record<string, string | null>): string | null {
  if (message === undefined || message === null) return null;
  if (/^23|^22001$/.test(sql_state ?? "")) return message;
  return message.replaceAll(/"[^"]*"|'[^']*'/g, '"…"');
}

function readChange(row: Record<string, string | null>): StoredChange {
  const op = (row["op"] ?? "insert") as StoredChange["op"];
  const layout = Number(row["layout"]);
  const old = Buffer.from(row["old_row"] ?? "", "hex");
  const fresh = Buffer.from(row["new_row"] ?? "", "hex");
  const message: RowMessage | undefined =
    op === "truncate"
      ? undefined
      : {
          kind: "row",
          op,
          relationId: layout,
          bytes: Buffer.concat([old, fresh]),
          oldIs: (row["old_is"] ?? "none") as RowMessage["oldIs"],
          old: old.length === 0 ? -1 : 0,
          new: fresh.length === 0 ? -1 : old.length,
          size: old.length + fresh.length,
        };
  return { place: BigInt(row["place"] ?? 0), layout, op, message };
}

function showRow(relation: Relation, bytes: Buffer, at: number, values: boolean): Record<string, string | null> {
  const shown = readTuple(bytes, at).map((value, place): [string, string | null] => [
    relation.columns[place]?.name ?? String(place),
    showValue(value, values || relation.columns[place]?.isKey === true),
  ]);
  return Object.fromEntries(shown);
}

function showValue(value: Value, isShown: boolean): string | null {
  if (value === null) return null;
  if (typeof value !== "string") return "(unchanged)";
  return isShown ? value : "(hidden)";
}
