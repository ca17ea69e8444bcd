// A table's rows as JSON. All that can be known beforehand is text by then; what is left for a row is to write its values between.

import { LAYOUT_MARK, schemaName, tableTopic, type RowLayout } from "@strangler/change-event";
import type { Relation } from "../../capture/pgoutput.ts";
import { columnCount, nextValue, NULL, textLength, UNTOUCHED } from "../../capture/tuple.ts";
import { SourceChangedError } from "../../errors.ts";
import { formatTable } from "../../postgres/quote.ts";
import { defaultJson } from "./column-default.ts";
import { envelopeSchema, keySchema, type ColumnSchema } from "./event-schema.ts";
import type { SourceCatalog } from "./source-catalog.ts";
import { mapColumn, type ColumnMapping, type TypeFacts } from "./values/column-types.ts";

export type TableEncoder = {
  topic: string;
  /** "schema.table" */
  name: string;
  schema: string;
  table: string;
  /** Its columns are the message's key; a table without any has no key. */
  hasKey: boolean;
  /** What stands before a payload with schemas on, as `{"schema":...,"payload":`; empty with schemas off. */
  keyHead: string;
  valueHead: string;
  /** The JSON of the row at `at`. What the log does not carry gets the placeholder. */
  row: (bytes: Buffer, at: number) => string;
  /** The JSON of a removed row of which only the key is known. */
  removed: (bytes: Buffer, at: number) => string;
  /** The JSON of the row's key. */
  key: (bytes: Buffer, at: number) => string;
  /** See LAYOUT_HEADER. */
  layout: Buffer;
};

/** Throws SourceChangedError when the relation has a type that the catalog did not have when it was read. */
export function createTableEncoder(
  relation: Relation,
  catalog: SourceCatalog,
  options: { prefix: string; schemas: boolean },
): TableEncoder {
  const topic = tableTopic(options.prefix, relation.schema, relation.name);
  const columns = describeColumns(relation, catalog);
  const keyPlaces = findKey(relation, catalog).map((name) => relation.columns.findIndex((each) => each.name === name));
  const shown = columns.filter(isShown);
  const keyColumns = keyPlaces
    .map((place) => columns[place])
    .filter((column) => column !== undefined && isShown(column));
  return {
    topic,
    name: formatTable(relation),
    schema: relation.schema,
    table: relation.name,
    hasKey: keyColumns.length > 0,
    keyHead: options.schemas ? keySchema(schemaName(topic, "Key"), keyColumns.map(schemaOf)) : "",
    valueHead: options.schemas ? envelopeSchema(topic, shown.map(schemaOf)) : "",
    row: (bytes, at) => writeRow(bytes, at, columns),
    removed: (bytes, at) => writeRemoved(bytes, at, columns, keyPlaces),
    key: (bytes, at) => writeKey(bytes, at, columns, keyPlaces),
    layout: Buffer.from(`${LAYOUT_MARK}${JSON.stringify(layoutOf(relation, columns))}`),
  };
}

// --- internal ---

type Column = {
  name: string;
  /** `"name":`, as it stands in a row. */
  label: string;
  type: TypeFacts;
  /** Absent: messages leave the column out. */
  mapping: ColumnMapping | undefined;
  isOptional: boolean;
  default: string | undefined;
};
type ShownColumn = Column & { mapping: ColumnMapping };

function isShown(column: Column | undefined): column is ShownColumn {
  return column?.mapping !== undefined;
}

function schemaOf({ name, mapping, isOptional, default: value }: ShownColumn): ColumnSchema {
  return { name, schema: mapping.schema, isOptional, default: value };
}

function describeColumns(relation: Relation, { tables, types }: SourceCatalog): Column[] {
  const known = tables.find((table) => formatTable(table) === formatTable(relation))?.columns;
  return relation.columns.map(({ name, typeId, typeModifier }) => {
    const type = types.get(typeId);
    if (type === undefined) throw new SourceChangedError(formatTable(relation), name);
    const mapping = mapColumn(type, typeModifier);
    const facts = known?.get(name);
    const value = mapping === undefined ? undefined : defaultJson(facts?.default ?? null, mapping);
    const isOptional = facts?.isNotNull !== true;
    return { name, label: `${JSON.stringify(name)}:`, type, mapping, isOptional, default: value };
  });
}

// The primary key, where the log tells it of a row that is gone too; else what the log itself calls the row's identity.
function findKey(relation: Relation, { tables }: SourceCatalog): readonly string[] {
  const identity = relation.columns.filter(({ isKey }) => isKey).map(({ name }) => name);
  const key = tables.find((table) => formatTable(table) === formatTable(relation))?.primaryKey ?? [];
  if (key.length > 0 && key.every((name) => identity.includes(name))) return key;
  return relation.replicaIdentity === "full" ? [] : identity;
}

function layoutOf(relation: Relation, columns: readonly Column[]): RowLayout {
  return {
    schema: relation.schema,
    table: relation.name,
    columns: relation.columns.map(({ name, typeId, typeModifier, isKey }, place) => {
      const type = columns[place]?.type;
      return { name, type: type === undefined ? "" : `${type.schema}.${type.name}`, typeId, typeModifier, isKey };
    }),
  };
}

function writeValue(bytes: Buffer, at: number, { mapping }: ShownColumn): string {
  const letter = bytes[at];
  if (letter === NULL) return "null";
  if (letter === UNTOUCHED) return mapping.unavailable;
  return mapping.write(bytes.toString("utf8", at + 5, at + 5 + textLength(bytes, at)));
}

function writeRow(bytes: Buffer, at: number, columns: readonly Column[]): string {
  let json = "{";
  let next = at + 2;
  const count = Math.min(columnCount(bytes, at), columns.length);
  for (let place = 0; place < count; place += 1) {
    const column = columns[place] as Column;
    if (isShown(column)) json += `${json.length > 1 ? "," : ""}${column.label}${writeValue(bytes, next, column)}`;
    next = nextValue(bytes, next);
  }
  return `${json}}`;
}

function writeRemoved(bytes: Buffer, at: number, columns: readonly Column[], keyPlaces: readonly number[]): string {
  let json = "{";
  let next = at + 2;
  for (let place = 0; place < columns.length; place += 1) {
    const column = columns[place] as Column;
    if (isShown(column)) {
      const value = keyPlaces.includes(place) ? writeValue(bytes, next, column) : emptyOf(column);
      json += `${json.length > 1 ? "," : ""}${column.label}${value}`;
    }
    next = nextValue(bytes, next);
  }
  return `${json}}`;
}

function emptyOf({ isOptional, default: value, mapping }: ShownColumn): string {
  if (value !== undefined) return value;
  return isOptional ? "null" : mapping.empty;
}

function writeKey(bytes: Buffer, at: number, columns: readonly Column[], keyPlaces: readonly number[]): string {
  const values: string[] = [];
  let next = at + 2;
  for (let place = 0; place < columns.length; place += 1) {
    const order = keyPlaces.indexOf(place);
    const column = columns[place];
    if (order >= 0 && isShown(column)) values[order] = `${column.label}${writeValue(bytes, next, column)}`;
    next = nextValue(bytes, next);
  }
  return `{${values.filter((value) => value !== undefined).join(",")}}`;
}
