import type { RowMessage } from "../capture/pgoutput.ts";
import type { FollowedTable } from "./followed-table.ts";
import { fillFrom, lackingInputs, rowKey } from "./row-key.ts";

/** A row as it lies in the log, or pieced together from two versions of it. */
export type LoggedRow = { bytes: Buffer; at: number };

/** What one message of the log does to rows of one table. */
export type RowChange =
  | { op: "insert"; key: string; row: LoggedRow }
  | { op: "delete"; key: string; row: LoggedRow }
  /** `lacking`: the inputs that the log left out, see lackingInputs; "" when none. */
  | { op: "update"; key: string; row: LoggedRow; lacking: string }
  | { op: "rekey"; key: string; row: LoggedRow; lacking: string; oldKey: string; oldRow: LoggedRow };

/** Reads a message, with values that the log left out taken from the old row where it tells them. Pure. */
export function readRowChange(message: RowMessage, table: FollowedTable): RowChange {
  const { bytes } = message;
  if (message.op === "insert") {
    return { op: "insert", key: rowKey(bytes, message.new, table.keyPlaces), row: { bytes, at: message.new } };
  }
  if (message.op === "delete") {
    return { op: "delete", key: rowKey(bytes, message.old, table.keyPlaces), row: { bytes, at: message.old } };
  }
  return readUpdate(message, table);
}

// --- internal ---

function readUpdate(message: RowMessage, table: FollowedTable): RowChange {
  let row: LoggedRow = { bytes: message.bytes, at: message.new };
  let lacking = table.mayLackValues ? lackingOf(row, table) : "";
  const oldRow = { bytes: message.bytes, at: message.old };
  if (lacking !== "" && message.oldIs !== "none") {
    const whole = message.oldIs === "full";
    // An old key carries nulls for every other column; these must not be taken for values.
    row = { bytes: fillFrom(row, oldRow, (place) => whole || (table.inOldKey[place] ?? false)), at: 0 };
    lacking = lackingOf(row, table);
  }
  const key = rowKey(row.bytes, row.at, table.keyPlaces);
  if (message.oldIs === "none") return { op: "update", key, row, lacking };
  const oldKey = rowKey(oldRow.bytes, oldRow.at, table.keyPlaces);
  return oldKey === key ? { op: "update", key, row, lacking } : { op: "rekey", key, row, lacking, oldKey, oldRow };
}

function lackingOf({ bytes, at }: LoggedRow, { inputAt, resolved }: FollowedTable): string {
  return lackingInputs(bytes, at, inputAt, resolved.inputs.length);
}
