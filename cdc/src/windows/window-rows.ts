import { followTable, type FollowedTable } from "../apply/followed-table.ts";
import type { LoggedRow } from "../apply/row-change.ts";
import { rowKey } from "../apply/row-key.ts";
import { NULL, TEXT } from "../capture/tuple.ts";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import type { WindowKey } from "./window-request.ts";

/** A row that was read beside the log, in the log's form. */
export type WindowRow = LoggedRow & { /** As rowKey names it. */ name: string };

/** The table as if the log announced just the columns that the stream needs, in the order of its inputs. */
export function windowLayout(resolved: ResolvedTable): FollowedTable {
  return followTable(resolved, {
    id: 0,
    ...resolved.from,
    replicaIdentity: "full",
    columns: resolved.inputs.map(({ name, typeId }) => ({ name, typeId, typeModifier: -1, isKey: false })),
  });
}

/** One layout for each table, made when it is first asked for. */
export type Layouts = (table: ResolvedTable) => FollowedTable;

export function createLayouts(): Layouts {
  const known = new Map<ResolvedTable, FollowedTable>();
  return (table) => {
    const layout = known.get(table) ?? windowLayout(table);
    known.set(table, layout);
    return layout;
  };
}

/** A row out of the server's texts, in the order of the table's inputs. */
export function windowRow(layout: FollowedTable, values: readonly (string | null)[]): WindowRow {
  const bytes = writeTuple(values);
  return { bytes, at: 0, name: rowKey(bytes, 0, layout.keyPlaces) };
}

/** A row of which only the key is known. */
export function keyRow(layout: FollowedTable, key: WindowKey): WindowRow {
  const values = layout.inputAt.map((_, place) => {
    const part = layout.keyPlaces.indexOf(place);
    return part === -1 ? null : (key[part] ?? null);
  });
  return windowRow(layout, values);
}

// --- internal ---

function writeTuple(values: readonly (string | null)[]): Buffer {
  const sizes = values.map((value) => (value === null ? 0 : Buffer.byteLength(value)));
  const bytes = Buffer.allocUnsafe(
    sizes.reduce((sum, size, place) => sum + size + (values[place] === null ? 1 : 5), 2),
  );
  bytes.writeUInt16BE(values.length, 0);
  let at = 2;
  for (const [place, value] of values.entries()) {
    if (value === null) {
      bytes[at] = NULL;
      at += 1;
      continue;
    }
    bytes[at] = TEXT;
    bytes.writeUInt32BE(sizes[place] ?? 0, at + 1);
    bytes.write(value, at + 5, "utf8");
    at += 5 + (sizes[place] ?? 0);
  }
  return bytes;
}
