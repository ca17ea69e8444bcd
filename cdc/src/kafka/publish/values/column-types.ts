// What a column is in a message: its Connect schema, and how the server's text becomes JSON. A table to be read beside Debezium's
// documentation, "Data type mappings" (decimal.handling.mode=precise, time.precision.mode=adaptive, interval.handling.mode=numeric,
// binary.handling.mode=bytes). Types that are not in it are left out of the message, as there; the row's own bytes in the header
// have them all.

import { UNAVAILABLE } from "@strangler/change-event";
import { parseArray, type ArrayElement } from "./array-text.ts";
import { decimalBytes, variableDecimal } from "./decimals.ts";
import {
  dateDays,
  durationMicros,
  timeMicros,
  timestampMicros,
  timestampMillis,
  zonedTime,
  zonedTimestamp,
} from "./times.ts";

/** A Connect schema as the JSON converter writes it, in its order of fields. */
export type ConnectSchema = {
  type: string;
  fields?: readonly (ConnectSchema & { optional: boolean; field: string })[];
  items?: ConnectSchema;
  optional?: boolean;
  name?: string;
  version?: number;
  doc?: string;
  parameters?: Readonly<Record<string, string>>;
};

export type ColumnMapping = {
  schema: ConnectSchema;
  /** The JSON of a value that is not null. */
  write: (text: string) => string;
  /** What stands in a removed row for a column of which nothing is known and that cannot be null. */
  empty: string;
  /** What stands for a large value that was not touched. */
  unavailable: string;
};

/** A type of the catalog, as far as messages need it. */
export type TypeFacts = {
  schema: string;
  name: string;
  /** pg_type.typtype: b base, c composite, d domain, e enum, r range, m multirange. */
  kind: string;
  element: TypeFacts | undefined;
  base: { type: TypeFacts; typeModifier: number } | undefined;
  labels: readonly string[];
};

/** Undefined for a type that messages leave out. */
export function mapColumn(type: TypeFacts, typeModifier: number): ColumnMapping | undefined {
  if (type.base !== undefined) {
    return mapColumn(type.base.type, type.base.typeModifier >= 0 ? type.base.typeModifier : typeModifier);
  }
  if (type.kind === "e") return enumeration(type.labels);
  if (type.element !== undefined) return arrayOf(type.element, typeModifier);
  if (type.schema !== "pg_catalog") return EXTENSION_TYPES[type.name]?.(typeModifier);
  return TYPES[type.name]?.(typeModifier);
}

// --- internal ---

type Make = (typeModifier: number) => ColumnMapping;

const json = JSON.stringify;
const verbatim = (text: string) => text;
const quoted = (text: string) => `"${text}"`;

function mapping(schema: ConnectSchema, write: ColumnMapping["write"]): ColumnMapping {
  return { schema, write, empty: EMPTY[schema.type] ?? "null", unavailable: UNAVAILABLE_AS[schema.type] ?? "null" };
}

const EMPTY: Readonly<Record<string, string>> = {
  boolean: "false",
  int16: "0",
  int32: "0",
  int64: "0",
  float: "0.0",
  double: "0.0",
  string: '""',
  bytes: '""',
  array: "[]",
};
const UNAVAILABLE_AS: Readonly<Record<string, string>> = {
  string: json(UNAVAILABLE),
  bytes: json(Buffer.from(UNAVAILABLE).toString("base64")),
  array: json([UNAVAILABLE]),
};

const named = (type: string, name: string): ConnectSchema => ({ type, name, version: 1 });
const plain = (type: string, write: ColumnMapping["write"]): Make => {
  const found = mapping({ type }, write);
  return () => found;
};
const semantic = (type: string, name: string, write: ColumnMapping["write"]): Make => {
  const found = mapping(named(type, name), write);
  return () => found;
};

const string = plain("string", json);
const whole = (type: string) => plain(type, verbatim);
// Infinity and NaN have no number in JSON.
const floating = (type: string) =>
  plain(type, (text) => (/[IN]/.test(text) ? quoted(text) : text === "-0" ? "-0.0" : text));

const decimal = (scale: number, precision: number | undefined): ColumnMapping =>
  mapping(
    {
      ...named("bytes", "org.apache.kafka.connect.data.Decimal"),
      parameters: {
        scale: String(scale),
        ...(precision === undefined ? {} : { "connect.decimal.precision": String(precision) }),
      },
    },
    (text) => {
      const bytes = decimalBytes(text, scale);
      return bytes === undefined ? "null" : quoted(bytes);
    },
  );

const VARIABLE: ColumnMapping = mapping(
  {
    type: "struct",
    fields: [
      { type: "int32", optional: false, field: "scale" },
      { type: "bytes", optional: false, field: "value" },
    ],
    name: "io.debezium.data.VariableScaleDecimal",
    version: 1,
    doc: "Variable scaled decimal",
  },
  (text) => {
    const value = variableDecimal(text);
    return value === undefined ? "null" : json(value);
  },
);

// numeric's modifier: precision in the upper half, scale in the lower eleven bits, with a sign; 4 is added to all of it.
const numeric: Make = (typeModifier) => {
  if (typeModifier < 0) return VARIABLE;
  const scale = ((typeModifier - 4) << 21) >> 21;
  return scale < 0 ? VARIABLE : decimal(scale, (typeModifier - 4) >> 16);
};

const money: Make = () => {
  const { schema, write } = decimal(2, undefined);
  return mapping(schema, (text) => write(text.replaceAll(/[^\d.-]/g, "")));
};

// Digits behind the second: the modifier itself, or six.
const digits = (typeModifier: number) => (typeModifier < 0 ? 6 : typeModifier);

const time: Make = (typeModifier) =>
  digits(typeModifier) <= 3
    ? mapping(named("int32", "io.debezium.time.Time"), (text) => String(Math.trunc(timeMicros(text) / 1_000)))
    : mapping(named("int64", "io.debezium.time.MicroTime"), (text) => String(timeMicros(text)));

const timestamp: Make = (typeModifier) =>
  digits(typeModifier) <= 3
    ? mapping(named("int64", "io.debezium.time.Timestamp"), timestampMillis)
    : mapping(named("int64", "io.debezium.time.MicroTimestamp"), timestampMicros);

const timestamptz: Make = (typeModifier) =>
  mapping(named("string", "io.debezium.time.ZonedTimestamp"), (text) =>
    quoted(zonedTimestamp(text, digits(typeModifier))),
  );

const BIT = mapping({ type: "boolean" }, (text) => (text === "1" ? "true" : "false"));
const ANY_LENGTH = 2_147_483_647;

const bits =
  (isVarying: boolean): Make =>
  (typeModifier) => {
    const length = typeModifier < 0 ? (isVarying ? ANY_LENGTH : 1) : typeModifier;
    if (length === 1 && !isVarying) return BIT;
    const schema = { ...named("bytes", "io.debezium.data.Bits"), parameters: { length: String(length) } };
    return mapping(schema, (text) => quoted(bitBytes(text, isVarying ? text.length : length)));
  };

// Lowest byte first.
function bitBytes(text: string, length: number): string {
  const bytes = Buffer.alloc(Math.ceil(length / 8));
  for (let bit = 0; bit < text.length; bit += 1) {
    if (text[text.length - 1 - bit] === "1") bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return bytes.toString("base64");
}

const bytea: Make = plain("bytes", (text) => quoted(Buffer.from(text.slice(2), "hex").toString("base64")));

const POINT = mapping(
  {
    type: "struct",
    fields: [
      { type: "double", optional: false, field: "x" },
      { type: "double", optional: false, field: "y" },
      { type: "bytes", optional: true, field: "wkb" },
      { type: "int32", optional: true, field: "srid" },
    ],
    name: "io.debezium.data.geometry.Point",
    version: 1,
    doc: "Geometry (POINT)",
  },
  (text) => {
    const [x = 0, y = 0] = text.slice(1, -1).split(",").map(Number);
    return json({ x, y, wkb: wellKnownPoint(x, y), srid: null });
  },
);

// Well-known binary: lowest byte first, a point, two doubles.
function wellKnownPoint(x: number, y: number): string {
  const bytes = Buffer.alloc(21);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt32LE(1, 1);
  bytes.writeDoubleLE(x, 5);
  bytes.writeDoubleLE(y, 13);
  return bytes.toString("base64");
}

const TYPES: Readonly<Record<string, Make>> = {
  bool: plain("boolean", (text) => (text === "t" ? "true" : "false")),
  int2: whole("int16"),
  int4: whole("int32"),
  int8: whole("int64"),
  oid: whole("int64"),
  float4: floating("float"),
  float8: floating("double"),
  numeric,
  money,
  text: string,
  varchar: string,
  bpchar: string,
  char: string,
  name: string,
  inet: string,
  cidr: string,
  macaddr: string,
  macaddr8: string,
  int4range: string,
  int8range: string,
  numrange: string,
  tsrange: string,
  tstzrange: string,
  daterange: string,
  bytea,
  bit: bits(false),
  varbit: bits(true),
  date: semantic("int32", "io.debezium.time.Date", dateDays),
  time,
  timetz: semantic("string", "io.debezium.time.ZonedTime", (text) => quoted(zonedTime(text))),
  timestamp,
  timestamptz,
  interval: semantic("int64", "io.debezium.time.MicroDuration", durationMicros),
  uuid: semantic("string", "io.debezium.data.Uuid", quoted),
  json: semantic("string", "io.debezium.data.Json", json),
  jsonb: semantic("string", "io.debezium.data.Json", json),
  xml: semantic("string", "io.debezium.data.Xml", json),
  tsvector: semantic("string", "io.debezium.data.Tsvector", json),
  point: () => POINT,
};

// By name only: an extension may be installed into any schema.
const EXTENSION_TYPES: Readonly<Record<string, Make>> = {
  citext: string,
  ltree: semantic("string", "io.debezium.data.Ltree", json),
};

function enumeration(labels: readonly string[]): ColumnMapping {
  const schema = { ...named("string", "io.debezium.data.Enum"), parameters: { allowed: labels.join(",") } };
  return mapping(schema, json);
}

// Debezium has no arrays of these.
const NO_ARRAYS: ReadonlySet<string> = new Set(["interval", "money", "bit", "varbit", "point", "xml", "tsvector"]);

function arrayOf(element: TypeFacts, typeModifier: number): ColumnMapping | undefined {
  if (element.kind === "b" && NO_ARRAYS.has(element.name)) return undefined;
  const items = mapColumn(element, typeModifier);
  if (items === undefined) return undefined;
  const write = (value: ArrayElement): string => {
    if (value === null) return "null";
    return Array.isArray(value) ? `[${value.map(write).join(",")}]` : items.write(value);
  };
  const schema = { type: "array", items: { ...items.schema, optional: element.kind !== "e" } };
  return mapping(schema, (text) => write(parseArray(text)));
}
