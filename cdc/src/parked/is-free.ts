import type { FollowedTable } from "../apply/followed-table.ts";
import type { LoggedRow } from "../apply/row-change.ts";
import type { RowMessage } from "../capture/pgoutput.ts";
import type { Parking } from "./parking.ts";

/** Whether nothing that is parked touches a row, so that somebody else than the log's next change may write or remove it. */
export type IsFree = (table: FollowedTable, row: LoggedRow, op: "insert" | "delete") => Promise<boolean>;

/**
 * Rows that were read at the source are newer than what is parked of them, and what is parked is applied later: written now, such a
 * row would go back then. So it waits; what was parked brings it up to date in the end.
 */
export function rowsThatAreFree(parking: Pick<Parking, "isWatchful" | "findBlocker">): IsFree {
  return async (table, { bytes, at }, op) => {
    if (!parking.isWatchful()) return true;
    const place = op === "insert" ? { old: -1, new: at } : { old: at, new: -1 };
    const oldIs = op === "insert" ? "none" : "key";
    const message: RowMessage = { kind: "row", op, relationId: table.relation.id, bytes, oldIs, ...place, size: 0 };
    return (await parking.findBlocker([{ kind: "row", message, tables: [table] }])) === undefined;
  };
}
