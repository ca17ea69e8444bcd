import type { Relation } from "../capture/pgoutput.ts";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { ColumnVanishedError, SourceChangedError } from "../errors.ts";
import { formatTable } from "../postgres/quote.ts";

/** A table of the stream as its rows lie in the log at this moment. */
export type FollowedTable = {
  /** One of its own for every fit of a plan's table to a layout. */
  id: number;
  resolved: ResolvedTable;
  /** What it was fitted to. */
  relation: Relation;
  /** The source's table, for people. */
  label: string;
  /** By place in the log's row: which input it is, or -1 when the stream does not need it. */
  inputAt: readonly number[];
  /** Places in the log's row of the columns that name it, in the order of `ResolvedTable.sourceKey`. */
  keyPlaces: readonly number[];
  /** By place: whether an old key in the log carries this column. */
  inOldKey: readonly boolean[];
  /** The log may leave out a value that the stream needs. */
  mayLackValues: boolean;
};

/**
 * Fits a table of the plan to how the source announces it. Throws ColumnVanishedError when a needed column is not there any
 * more, SourceChangedError when it has another type than the one that the plan was checked against.
 */
export function followTable(resolved: ResolvedTable, relation: Relation): FollowedTable {
  const label = formatTable(resolved.from);
  const names = relation.columns.map(({ name }) => name);
  for (const input of resolved.inputs) {
    const column = relation.columns[names.indexOf(input.name)];
    if (column === undefined) throw new ColumnVanishedError(label, input.name, names);
    if (column.typeId !== input.typeId) throw new SourceChangedError(label, input.name);
  }
  return {
    id: (serial += 1),
    resolved,
    relation,
    label,
    inputAt: names.map((name) => resolved.inputs.findIndex((input) => input.name === name)),
    keyPlaces: resolved.sourceKey.map(({ inputs }) => names.indexOf(inputs[0] ?? "")),
    inOldKey: relation.columns.map(({ isKey }) => isKey),
    mayLackValues: resolved.inputs.some(({ mayLieApart }) => mayLieApart),
  };
}

// --- internal ---

let serial = 0;
