// A value of an event as the text that PostgreSQL reads it from. What a value means is said by the event's own schema; without one
// ("schemas.enable=false") by the column's type, under the connector's default settings. What gets lost on the way, the
// connector has lost: cdc/README.md has the table.

import { UNCHANGED, type Value } from "@strangler/change-event";
import { EventValueError } from "./errors.ts";
import { isObject, numberText, type Json, type JsonObject } from "./lossless-json.ts";
import { bitsText, bytesText, decimalText } from "./numbers.ts";
import { dateText, isoText, timestampText, timeText } from "./times.ts";

/** A column that a value is for: its type as the catalog writes it ("pg_catalog.int4"), and its type modifier or -1. */
export type ColumnType = { name: string; type: string; typeModifier: number };

/** A field of a Kafka Connect schema, as the JSON converter writes it. */
export type FieldSchema = {
  type: string;
  /** The semantic type: "io.debezium.time.Date". */
  name?: string;
  parameters?: Readonly<Record<string, string>>;
  items?: FieldSchema;
};

/** The text for the column, null, or UNCHANGED where the event has the placeholder. Throws EventValueError. */
export function columnText(value: Json, column: ColumnType, schema: FieldSchema | undefined): Value {
  if (value === null) return null;
  if (isPlaceholder(value)) return UNCHANGED;
  const text = plainText(value, column, schema);
  if (text === undefined) throw new EventValueError(column.name, column.type, schema?.name ?? schema?.type);
  return text;
}

// --- internal ---

type Convert = (value: Json, column: ColumnType, schema: FieldSchema | undefined) => string | undefined;

const PLACEHOLDER = "__debezium_unavailable_value";
const PLACEHOLDERS: ReadonlySet<unknown> = new Set([PLACEHOLDER, btoa(PLACEHOLDER)]);

// A large value that the change did not touch: a text, the same as bytes, or inside of an array or a map.
function isPlaceholder(value: Json): boolean {
  if (typeof value === "string") return PLACEHOLDERS.has(value);
  if (Array.isArray(value)) return value.length === 1 && PLACEHOLDERS.has(value[0]);
  return isObject(value) && PLACEHOLDER in value;
}

function plainText(value: Json, column: ColumnType, schema: FieldSchema | undefined): string | undefined {
  if (Array.isArray(value)) return arrayText(value, column, schema);
  const convert = schema === undefined ? BY_COLUMN[bareType(column)] : BY_SCHEMA[schema.name ?? schema.type];
  return (convert ?? asItIs)(value, column, schema);
}

function bareType({ type }: ColumnType): string {
  return type.replace(/^pg_catalog\./, "").replaceAll('"', "");
}

const MS = 1_000n;
const US = 1_000_000n;
const NS = 1_000_000_000n;

const asItIs: Convert = (value) => {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? "t" : "f";
  if (isObject(value)) return mapText(value);
  return numberText(value);
};

const dated: Convert = (value) => counted(value, dateText);
const time =
  (perSecond: bigint): Convert =>
  (value) =>
    counted(value, (count) => timeText(count, perSecond));
const timestamp =
  (perSecond: bigint): Convert =>
  (value) =>
    counted(value, (count) => timestampText(count, perSecond));

// Some modes write a text where others write a number.
function counted(value: Json, write: (count: bigint) => string): string | undefined {
  const digits = numberText(value);
  if (digits !== undefined) return write(BigInt(digits));
  return typeof value === "string" ? isoText(value) : undefined;
}

// Without a schema the connector's adaptive mode is taken for granted: milliseconds up to three digits, else microseconds.
function adaptive(make: (perSecond: bigint) => Convert): Convert {
  return (value, column, schema) => make(precision(column) <= 3 ? MS : US)(value, column, schema);
}

function precision({ typeModifier }: ColumnType): number {
  return typeModifier < 0 ? 6 : typeModifier;
}

const duration: Convert = (value) => {
  const digits = numberText(value);
  if (digits !== undefined) return `${digits} microseconds`;
  return typeof value === "string" ? value : undefined;
};

const decimal: Convert = (value, column, schema) => {
  if (isObject(value)) return variableDecimal(value);
  if (typeof value !== "string") return numberText(value);
  // A text that cannot be base64 is a number in "string" mode.
  if (/[.]|NaN|Infinity/.test(value) || value.length % 4 !== 0) return value;
  const declared = schema?.parameters?.["scale"];
  return decimalText(value, declared === undefined ? declaredScale(column) : Number(declared));
};

function variableDecimal({ scale, value }: JsonObject): string | undefined {
  return typeof scale === "number" && typeof value === "string" ? decimalText(value, scale) : undefined;
}

// PostgreSQL's numeric(precision, scale): both in one number, the scale in its last eleven bits.
function declaredScale(column: ColumnType): number {
  if (bareType(column) === "money") return 2;
  if (column.typeModifier < 0) return 0;
  const bits = (column.typeModifier - 4) & 0x7ff;
  return bits >= 1024 ? bits - 2048 : bits;
}

const bytes: Convert = (value, column, schema) => {
  if (typeof value !== "string") return undefined;
  if (bareType(column) === "bytea") return bytesText(value);
  // A type that the connector does not know (include.unknown.datatypes): the server's own text, as bytes.
  return schema?.type === "bytes" ? Buffer.from(value, "base64").toString("utf8") : value;
};

// Bytes that were written as text are base64 or hexadecimal, and nothing says which.
const plainString: Convert = (value, column, schema) =>
  bareType(column) === "bytea" ? undefined : asItIs(value, column, schema);

const bits: Convert = (value, column, schema) => {
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value !== "string") return undefined;
  const varying = bareType(column) === "varbit";
  const length = schema?.parameters?.["length"] ?? (column.typeModifier < 0 ? "1" : String(column.typeModifier));
  // Of a varying one the length is not told: leading zeros are lost.
  return bitsText(value, varying ? undefined : Number(length));
};

const flag: Convert = (value, column) => {
  if (typeof value !== "boolean") return asItIs(value, column, undefined);
  return ["bit", "varbit"].includes(bareType(column)) ? (value ? "1" : "0") : value ? "t" : "f";
};

const point: Convert = (value) => {
  if (!isObject(value)) return undefined;
  return `(${coordinate(value["x"])},${coordinate(value["y"])})`;
};

function coordinate(value: Json | undefined): string {
  return value === undefined ? "" : (numberText(value) ?? "");
}

// PostGIS reads the well-known bytes in hexadecimal, with the reference system in front.
const geometry: Convert = (value) => {
  if (!isObject(value) || typeof value["wkb"] !== "string") return undefined;
  const { wkb, srid } = value;
  const known = typeof srid === "number" ? `SRID=${srid};` : "";
  return `${known}${Buffer.from(wkb, "base64").toString("hex").toUpperCase()}`;
};

const vector: Convert = (value) => (typeof value === "string" ? value : undefined);

/** By the semantic type, or else by the plain one. */
const BY_SCHEMA: Readonly<Record<string, Convert>> = {
  boolean: flag,
  bytes,
  string: plainString,
  "io.debezium.time.Date": dated,
  "org.apache.kafka.connect.data.Date": dated,
  "io.debezium.time.Time": time(MS),
  "io.debezium.time.MicroTime": time(US),
  "io.debezium.time.NanoTime": time(NS),
  "org.apache.kafka.connect.data.Time": time(MS),
  "io.debezium.time.Timestamp": timestamp(MS),
  "io.debezium.time.MicroTimestamp": timestamp(US),
  "io.debezium.time.NanoTimestamp": timestamp(NS),
  "org.apache.kafka.connect.data.Timestamp": timestamp(MS),
  "io.debezium.time.ZonedTimestamp": dated,
  "io.debezium.time.IsoDate": dated,
  "io.debezium.time.IsoTimestamp": dated,
  "io.debezium.time.IsoTime": (value) => (typeof value === "string" ? value.replace(/Z$/, "") : undefined),
  "io.debezium.time.MicroDuration": duration,
  "io.debezium.time.NanoDuration": (value) => {
    const digits = numberText(value);
    return digits === undefined ? undefined : `${BigInt(digits) / 1000n} microseconds`;
  },
  "org.apache.kafka.connect.data.Decimal": decimal,
  "io.debezium.data.VariableScaleDecimal": decimal,
  "io.debezium.data.Bits": bits,
  "io.debezium.data.geometry.Point": point,
  "io.debezium.data.geometry.Geometry": geometry,
  "io.debezium.data.geometry.Geography": geometry,
};

/** By the column's type, for events without a schema. */
const BY_COLUMN: Readonly<Record<string, Convert>> = {
  bool: flag,
  bytea: bytes,
  bit: bits,
  varbit: bits,
  numeric: decimal,
  money: decimal,
  date: dated,
  time: adaptive(time),
  timestamp: adaptive(timestamp),
  timestamptz: adaptive(timestamp),
  interval: duration,
  point,
  geometry,
  geography: geometry,
  vector,
};

// An array's type is named after that of its members, with "_" in front.
function arrayText(values: readonly Json[], column: ColumnType, schema: FieldSchema | undefined): string {
  const type = bareType(column);
  const member = { ...column, type: type.startsWith("_") ? `pg_catalog.${type.slice(1)}` : column.type };
  const texts = values.map((value) => {
    if (value === null) return "NULL";
    const text = plainText(value, member, schema?.items);
    if (text === undefined) throw new EventValueError(column.name, column.type, schema?.items?.name);
    return Array.isArray(value) ? text : `"${text.replaceAll(/[\\"]/g, String.raw`\$&`)}"`;
  });
  // pgvector's own form.
  return ["vector", "halfvec"].includes(type) ? `[${values.map(coordinate).join(",")}]` : `{${texts.join(",")}}`;
}

// hstore, as a map.
function mapText(map: JsonObject): string {
  const quote = (text: string) => `"${text.replaceAll(/[\\"]/g, String.raw`\$&`)}"`;
  const entries = Object.entries(map).map(([name, value]) => {
    const text = value === null ? "NULL" : quote(typeof value === "string" ? value : coordinate(value));
    return `${quote(name)}=>${text}`;
  });
  return entries.join(", ");
}
