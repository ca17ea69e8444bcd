// Keys to be read anew are left in the target's store, from where the running stream takes them, window by window (see
// windows/start-windows.ts). A window writes what the source has at a place in its log, in that place, and puts aside what the log itself
// brings: so a repair can never write an older row over a newer one.

import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { formatTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { Key } from "../verify/part.ts";
import { repairKeys } from "../windows/repair-keys.ts";

/** Why these keys wait, as the store's readers see it. */
const REASON = "repair";

/** Leaves keys to be read anew. */
export function askForRepair(
  session: Session,
  stream: string,
  table: ResolvedTable,
  keys: readonly Key[],
): Promise<void> {
  const [from, to] = [formatTable(table.from), formatTable(table.to)];
  return repairKeys(session, stream, { from, to, keys: keys.map((key) => key.map((value) => value ?? "")) }, REASON);
}

/** How many of these keys still wait, and for how many the target refused what the source has, with its words for one of them. */
export type Waiting = { waiting: number; refused: number; why: string | undefined };

export async function countWaiting(
  session: Session,
  stream: string,
  table: ResolvedTable,
  keys: readonly Key[],
): Promise<Waiting> {
  const { rows } = await session.query<Record<"waiting" | "refused", string> & { why: string | null }>(
    `SELECT count(*) FILTER (WHERE k.reason = '${REASON}') AS waiting, count(*) FILTER (WHERE k.reason <> '${REASON}') AS refused,
            min(k.reason) FILTER (WHERE k.reason <> '${REASON}') AS why
     FROM pg_catalog.json_array_elements($4::pg_catalog.json) AS w(key)
     JOIN strangler.repair_key k ON k.stream = $1 AND k.source_table = $2 AND k.target_table = $3 AND k.key = ARRAY(SELECT pg_catalog.json_array_elements_text(w.key))`,
    [stream, formatTable(table.from), formatTable(table.to), JSON.stringify(keys)],
  );
  return {
    waiting: Number(rows[0]?.waiting ?? 0),
    refused: Number(rows[0]?.refused ?? 0),
    why: rows[0]?.why ?? undefined,
  };
}
