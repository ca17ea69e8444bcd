// Single rows that wait to be read anew (see apply/repair-queue.ts, where the stream itself leaves those that it misses). Whoever
// else finds a row that is not as it should be may leave its key here too, from any process; the stream looks every second.

import type { FollowedTable } from "../apply/followed-table.ts";
import { keyValues } from "../apply/parameters.ts";
import { findRepairKeys } from "../apply/repair-queue.ts";
import { formatTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { WindowKey } from "./window-request.ts";
import { keyRow } from "./window-rows.ts";
import type { RefusedRow, WindowWork } from "./write-window.ts";

/** Keys that wait, of one table of the stream; both tables as "schema.table". */
export type Repair = { from: string; to: string; keys: readonly WindowKey[] };

/**
 * Asks the stream to read these rows from its source again: they are written as the source has them, or removed where it does not
 * have them, and never overwrite what is newer. Keys as the source writes them, in the order of `ResolvedTable.sourceKey`.
 * They are off the list (see findRepairs) when that is done.
 */
export async function repairKeys(session: Session, stream: string, repair: Repair, reason: string): Promise<void> {
  await session.query(
    `INSERT INTO ${STORE} (stream, source_table, target_table, key, reason)
     SELECT $1, $2, $3, ARRAY(SELECT pg_catalog.json_array_elements_text(key)), $5 FROM pg_catalog.unnest($4::pg_catalog.json[]) AS key
     ON CONFLICT (stream, source_table, target_table, key) DO UPDATE SET reason = excluded.reason`,
    [stream, repair.from, repair.to, jsonKeys(repair), reason],
  );
}

/** The oldest that wait, at most `limit`, by table. */
export async function findRepairs(session: Session, stream: string, limit: number): Promise<Repair[]> {
  const repairs = new Map<string, { from: string; to: string; keys: WindowKey[] }>();
  for (const { from, to, key } of await findRepairKeys(session, stream, limit)) {
    const name = JSON.stringify([from, to]);
    const repair = repairs.get(name) ?? { from, to, keys: [] };
    repair.keys.push(key);
    repairs.set(name, repair);
  }
  return [...repairs.values()];
}

/** Takes keys off the list: one by one, each by the list's index, sent without waiting for the answers where the session can do that. */
export async function dropRepairKeys(session: Session, stream: string, { from, to, keys }: Repair): Promise<void> {
  await Promise.all(keys.map((key) => session.query({ ...DROP, values: [stream, from, to, key] })));
}

/** Puts rows that the target did not take at the end of the list, with its words. */
export async function keepRefused(
  session: Session,
  stream: string,
  layout: FollowedTable,
  refused: readonly RefusedRow[],
): Promise<void> {
  const { from, to } = layout.resolved;
  for (const { row, error } of refused) {
    await session.query(
      `INSERT INTO ${STORE} (stream, source_table, target_table, key, reason) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (stream, source_table, target_table, key)
       DO UPDATE SET reason = excluded.reason, noted_at = pg_catalog.clock_timestamp()`,
      [stream, formatTable(from), formatTable(to), keyValues(layout, row), error.message],
    );
  }
}

/** Of the keys that were asked for: those of which nothing is left to be done. Pure. */
export function settledKeys(
  layout: FollowedTable,
  { broughtByLog }: WindowWork,
  refused: readonly RefusedRow[],
  keys: readonly WindowKey[],
): WindowKey[] {
  const open = new Set(refused.map(({ row }) => row.name));
  return keys.filter((key) => {
    const { name } = keyRow(layout, key);
    // What the log brought may have been just a part of the row.
    return !open.has(name) && !broughtByLog.has(name);
  });
}

// --- internal ---

const STORE = "strangler.repair_key";

const DROP = {
  name: "drop-repair-key",
  text: `DELETE FROM ${STORE} WHERE stream = $1 AND source_table = $2 AND target_table = $3 AND key = $4`,
};

function jsonKeys({ keys }: Repair): string[] {
  return keys.map((key) => JSON.stringify(key));
}
