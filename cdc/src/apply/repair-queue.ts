// Rows that the target should have and has not, and that the log does not carry whole: a large value that a change left untouched
// is not in it. Their keys wait here, noted in the same transaction as the changes around them, until somebody reads them anew
// from the source between two places in its log. Until then later changes of such a row find nothing to update and stay with it.

import type { Session } from "../postgres/session.ts";
import { formatTable } from "../postgres/quote.ts";
import type { StoreTable } from "../target-store.ts";
import type { FollowedTable } from "./followed-table.ts";
import { keyValues } from "./parameters.ts";
import type { LoggedRow } from "./row-change.ts";

export const REPAIR_KEY: StoreTable = {
  name: "repair_key",
  columns: `
    stream text NOT NULL,
    source_table text NOT NULL,
    target_table text NOT NULL,
    key text[] NOT NULL,
    reason text NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (stream, source_table, target_table, key)`,
};

/** A row to be read anew: both tables ("schema.table"), and its key's values as text, in the order of `ResolvedTable.sourceKey`. */
export type RepairKey = { from: string; to: string; key: readonly string[] };

/** Notes a row in the transaction that is open. */
export async function noteForRepair(
  session: Session,
  stream: string,
  table: FollowedTable,
  row: LoggedRow,
  reason: string,
): Promise<void> {
  await session.query(
    `INSERT INTO strangler.repair_key (stream, source_table, target_table, key, reason) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (stream, source_table, target_table, key) DO UPDATE SET reason = excluded.reason`,
    [stream, formatTable(table.resolved.from), formatTable(table.resolved.to), keyValues(table, row), reason],
  );
}

/** The oldest rows that wait, at most `limit`. */
export async function findRepairKeys(session: Session, stream: string, limit: number): Promise<RepairKey[]> {
  const { rows } = await session.query<{ from: string; to: string; key: string }>(
    `SELECT source_table AS "from", target_table AS "to", pg_catalog.to_json(key) AS key FROM strangler.repair_key
     WHERE stream = $1 ORDER BY noted_at LIMIT $2`,
    [stream, limit],
  );
  return rows.map(({ from, to, key }) => ({ from, to, key: JSON.parse(key) as string[] }));
}

/** Takes rows off the list; in the transaction that has written or removed them. */
export async function removeRepairKeys(session: Session, stream: string, keys: readonly RepairKey[]): Promise<void> {
  for (const { from, to, key } of keys) {
    await session.query(
      "DELETE FROM strangler.repair_key WHERE stream = $1 AND source_table = $2 AND target_table = $3 AND key = $4",
      [stream, from, to, key],
    );
  }
}

/** How many rows wait. */
export async function countRepairKeys(session: Session, stream: string): Promise<number> {
  const { rows } = await session.query<{ count: string }>(
    "SELECT count(*) FROM strangler.repair_key WHERE stream = $1",
    [stream],
  );
  return Number(rows[0]?.count ?? 0);
}
