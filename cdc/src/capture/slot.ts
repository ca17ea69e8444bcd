import { errorCode } from "@strangler/platform";
import { parseLsn, type Lsn } from "../postgres/lsn.ts";
import { quoteName } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";

/** What the source remembers of a replication slot. */
export type SlotFacts = {
  active: boolean;
  /** Everything before it has been confirmed and may be forgotten. */
  confirmed: Lsn;
  /** `reserved`, `extended`, `unreserved` or `lost`: PostgreSQL's words for how safe the kept log is. */
  walStatus: string;
  /** Bytes that may still be written before the log that the slot needs may be removed; null when there is no limit. */
  safeWalSize: bigint | null;
  /** Bytes of log kept for it. */
  keptBytes: bigint;
  /** The database whose changes it tells. */
  database: string;
  /** Transactions are told when they are prepared, and again when they are decided. */
  twoPhase: boolean;
  /** It is kept on standbys too, and goes on there when one of them takes over. PostgreSQL 17. */
  failover: boolean;
  /** Why the server has given it up, in the server's words (PostgreSQL 17); null while it has not. */
  invalidationReason: string | null;
};

export async function findSlot(session: Session, slot: string): Promise<SlotFacts | undefined> {
  const { rows } = await session.query<Record<string, string | null>>(
    // Columns that older servers do not have are read from the row as JSON.
    `SELECT active, confirmed_flush_lsn, wal_status, safe_wal_size, database, two_phase,
            CASE WHEN pg_catalog.pg_is_in_recovery() THEN 0
                 ELSE pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn)::pg_catalog.int8 END AS kept,
            coalesce(pg_catalog.to_jsonb(s) ->> 'failover', 'false') AS failover,
            pg_catalog.to_jsonb(s) ->> 'invalidation_reason' AS invalidation_reason
     FROM pg_catalog.pg_replication_slots s WHERE slot_name = $1`,
    [slot],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  const safe = row["safe_wal_size"] ?? null;
  return {
    active: row["active"] === "t",
    confirmed: parseLsn(row["confirmed_flush_lsn"] ?? "0/0"),
    walStatus: row["wal_status"] ?? "lost",
    safeWalSize: safe === null ? null : BigInt(safe),
    keptBytes: BigInt(row["kept"] ?? 0),
    database: row["database"] ?? "",
    twoPhase: row["two_phase"] === "t",
    failover: row["failover"] === "true",
    invalidationReason: row["invalidation_reason"] ?? null,
  };
}

/** A slot that begins at `position`, and a snapshot that shows exactly what was committed before it. */
export type NewSlot = { position: Lsn; snapshot: string };

export type SlotOptions = {
  /** As server_version_num writes it. */
  serverVersion: number;
  /** Kept on standbys too; servers before 17 cannot. */
  failover?: boolean;
};

/**
 * Makes the slot and exports its snapshot, which lives as long as `replication` (a replication session) stays idle.
 * Waits for every transaction that is writing at the source at this moment.
 */
export async function createSlot(replication: Session, slot: string, options: SlotOptions): Promise<NewSlot> {
  const list = ["SNAPSHOT 'export'", ...slotOptions(options)].join(", ");
  const { rows } = await replication.query<Record<string, string>>(
    `CREATE_REPLICATION_SLOT ${quoteName(slot)} LOGICAL pgoutput (${list})`,
  );
  const row = rows[0] ?? {};
  return { position: parseLsn(row["consistent_point"] ?? ""), snapshot: row["snapshot_name"] ?? "" };
}

export async function dropSlot(session: Session, slot: string): Promise<void> {
  await session.query(
    "SELECT pg_catalog.pg_drop_replication_slot(slot_name) FROM pg_catalog.pg_replication_slots WHERE slot_name = $1",
    [slot],
  );
}

/** Where the source's log ends now: everything whose commit is already visible lies before it. */
export async function currentPosition(session: Session): Promise<Lsn> {
  const { rows } = await session.query<{ lsn: string }>("SELECT pg_catalog.pg_current_wal_insert_lsn() AS lsn");
  return parseLsn(rows[0]?.lsn ?? "");
}

/**
 * Writes a marker into the source's log. It travels like a change, so that a stream on an otherwise idle source soon stores a
 * position behind everything that was committed before.
 */
export async function writeMarker(session: Session, stream: string): Promise<void> {
  await session.query("SELECT pg_catalog.pg_logical_emit_message(true, 'strangler', $1::pg_catalog.text)", [stream]);
}

/**
 * Has the server note which transactions are running now, so that a slot may let go of the log before (PostgreSQL 16). Answers false
 * where the server cannot, or this role may not.
 */
export async function logSnapshot(session: Session): Promise<boolean> {
  try {
    await session.query("SELECT pg_catalog.pg_log_standby_snapshot()");
    return true;
  } catch (error) {
    if (["42501", "42883"].includes(errorCode(error) ?? "")) return false;
    throw error;
  }
}

// --- internal ---

// PostgreSQL 17 cannot make a slot that does both (its manual, under CREATE_REPLICATION_SLOT): a takeover weighs more than
// hearing of a prepared transaction before it is committed.
function slotOptions({ serverVersion, failover = false }: SlotOptions): string[] {
  const isKept = failover && serverVersion >= 170_000;
  const twoPhase = serverVersion >= 180_000 || !isKept;
  return [...(isKept ? ["FAILOVER true"] : []), ...(twoPhase ? ["TWO_PHASE true"] : [])];
}
