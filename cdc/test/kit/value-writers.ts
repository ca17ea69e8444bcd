// How values of each type are written. The first ones of a type are its edges, the others are drawn.

import type { RawType } from "./values.ts";

/** The text of a type's value number `place`. */
export type Write = (place: number) => string;

/** A writer for each type, by its name in pg_type. Throws for a type that has none. */
export function createWriters(types: readonly RawType[], seed: number, role: string): (name: string) => Write {
  const byName = new Map(types.map((type) => [type.name, type]));
  const random = createRandom(seed);
  const scalars = createScalars(random, role);
  const writers = new Map<string, Write>();

  function writer(name: string): Write {
    const known = writers.get(name);
    if (known !== undefined) return known;
    const made = make(name);
    writers.set(name, made);
    return made;
  }

  function make(name: string): Write {
    const scalar = scalars[name];
    if (scalar !== undefined) return withEdges(scalar.edges, scalar.draw);
    const type = byName.get(name);
    if (type?.elem !== null && type?.elem !== undefined) return arrayWriter(writer(type.elem), type.delimiter, random);
    if (type?.kind === "r" && type.subtype !== null) return rangeWriter(writer(type.subtype), random);
    if (type?.kind === "m" && type.subtype !== null) return multirangeWriter(writer(type.subtype), random);
    throw new Error(`the type ${name} has no generator of values; write one, or say why it has no values`);
  }

  return writer;
}

// --- internal ---

type Random = {
  int: (from: number, to: number) => number;
  pick: <Item>(items: readonly Item[]) => Item;
  chance: (of: number) => boolean;
};
type Scalar = { edges: readonly string[]; draw: () => string };

function withEdges(edges: readonly string[], draw: () => string): Write {
  return (place) => edges[place] ?? draw();
}

// Mulberry32: small, and the same everywhere.
function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    int: (from, to) => from + Math.floor(next() * (to - from + 1)),
    pick: (items) => items[Math.floor(next() * items.length)] as never,
    chance: (of) => next() < of,
  };
}

function quoteElement(text: string): string {
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}

function arrayWriter(element: Write, delimiter: string, random: Random): Write {
  const edges = [
    "{}",
    "{NULL}",
    `{${quoteElement(element(0))}}`,
    `[-2:-1]={NULL${delimiter}${quoteElement(element(1))}}`,
  ];
  const one = () => (random.chance(0.1) ? "NULL" : quoteElement(element(random.int(0, 60))));
  const row = (length: number) => `{${Array.from({ length }, one).join(delimiter)}}`;
  return withEdges(edges, () => {
    const length = random.int(1, 4);
    if (random.chance(0.3)) return `{${Array.from({ length: random.int(1, 3) }, () => row(length)).join(delimiter)}}`;
    const from = random.int(-5, 5);
    return random.chance(0.2) ? `[${from}:${from + length - 1}]=${row(length)}` : row(length);
  });
}

function rangeWriter(bound: Write, random: Random): Write {
  return withEdges(["empty", "(,)", `(,${quoteElement(bound(0))}]`, `[${quoteElement(bound(1))},)`], () => {
    const end = () => (random.chance(0.15) ? "" : quoteElement(bound(random.int(0, 200))));
    return `${random.pick(["[", "("])}${end()},${end()}${random.pick(["]", ")"])}`;
  });
}

function multirangeWriter(range: Write, random: Random): Write {
  return withEdges(["{}", "{(,)}"], () => {
    const ranges = Array.from({ length: random.int(1, 3) }, () => range(random.int(4, 400)));
    return `{${ranges.join(",")}}`;
  });
}

const LETTERS = [
  "a",
  "Z",
  "0",
  " ",
  "ä",
  "ß",
  "€",
  "😀",
  "漢",
  "\u0301",
  "\u200d",
  "'",
  '"',
  "\\",
  "{",
  "}",
  "(",
  ")",
  ",",
  "[",
  "]",
  ":",
  "\t",
  "\n",
  "\r",
  "\u0001",
  "\u007f",
  "\u00a0",
  "%",
  "$1",
  "NULL",
  "\\N",
];

function createScalars(random: Random, role: string): Readonly<Record<string, Scalar>> {
  const { int, pick, chance } = random;
  const digits = (length: number) => Array.from({ length }, () => int(0, 9)).join("");
  const two = (value: number) => String(value).padStart(2, "0");
  const sign = () => (chance(0.5) ? "-" : "");
  const text = (most = 12) => Array.from({ length: int(0, most) }, () => pick(LETTERS)).join("");
  const word = () => Array.from({ length: int(1, 8) }, () => pick(["a", "b", "Z", "ö", "7", "_"])).join("");
  const hex = (length: number) => Array.from({ length }, () => int(0, 15).toString(16)).join("");
  const view = new DataView(new ArrayBuffer(8));
  const float = (size: 4 | 8) => {
    view.setUint32(0, int(0, 2 ** 32 - 1));
    view.setUint32(4, int(0, 2 ** 32 - 1));
    return String(size === 4 ? view.getFloat32(0) : view.getFloat64(0));
  };
  const finite = () =>
    chance(0.5) ? `${sign()}${int(0, 999)}.${digits(int(1, 15))}` : `${sign()}${int(1, 9)}e${int(-300, 150)}`;
  const point = () => `(${finite()},${finite()})`;
  const points = () => Array.from({ length: int(1, 5) }, point).join(",");
  const fraction = () => (chance(0.6) ? `.${digits(int(1, 6))}` : "");
  const time = () => `${two(int(0, 23))}:${two(int(0, 59))}:${two(int(0, 59))}${fraction()}`;
  const zone = () =>
    `${pick(["+", "-"])}${two(int(0, 15))}:${two(int(0, 59))}${chance(0.2) ? `:${two(int(0, 59))}` : ""}`;
  const year = (most: number) => (chance(0.7) ? int(1, 2200) : int(1, most));
  const day = (most: number) => `${String(year(most)).padStart(4, "0")}-${two(int(1, 12))}-${two(int(1, 28))}`;
  const era = () => (chance(0.1) ? " BC" : "");
  const numeric = () =>
    `${sign()}${digits(int(1, pick([4, 18, 40, 200])))}${chance(0.7) ? `.${digits(int(1, pick([2, 20, 100])))}` : ""}${chance(0.1) ? `e${int(-50, 50)}` : ""}`;
  const integer = (bits: number) => {
    const width = int(1, bits - 1);
    const value = BigInt(`0b1${Array.from({ length: width - 1 }, () => int(0, 1)).join("")}`);
    return `${chance(0.5) ? "-" : ""}${value}`;
  };
  const unsigned = (most: number) => String(int(0, most));
  const json = (depth: number): string => {
    const space = pick(["", " ", "\n\t"]);
    if (depth === 0 || chance(0.4))
      return pick([
        "null",
        "true",
        '"\\u00e4\\n\\"\\\\"',
        JSON.stringify(text()),
        numericJson(),
        "-0",
        "1.0",
        "1e400",
        "0.10",
      ]);
    const parts = Array.from({ length: int(0, 4) }, () => json(depth - 1));
    if (chance(0.5)) return `[${space}${parts.join(`${space},`)}]`;
    return `{${parts.map((part) => `${JSON.stringify(pick(["a", "b", "a", text(3)]))}${space}:${part}`).join(",")}${space}}`;
  };
  const numericJson = () => `${sign()}${int(1, 9)}${digits(int(0, 30))}.${digits(int(1, 20))}`;
  const address = () => `${int(0, 255)}.${int(0, 255)}.${int(0, 255)}.${int(0, 255)}`;
  const lexeme = () => `'${text(6).replaceAll("\\", "\\\\").replaceAll("'", "''") || "x"}'`;
  const snapshot = () => {
    const low = int(1, 1000);
    const running = [...new Set(Array.from({ length: int(0, 5) }, () => int(low, low + 20)))].sort((a, b) => a - b);
    return `${low}:${low + 30}:${running.join(",")}`;
  };
  const names = (edges: readonly string[]): Scalar => ({ edges, draw: () => pick(edges) });
  const scalar = (edges: readonly string[], draw: () => string): Scalar => ({ edges, draw });

  return {
    bool: names(["true", "false"]),
    int2: scalar(["-32768", "32767", "0", "-1"], () => integer(16)),
    int4: scalar(["-2147483648", "2147483647", "0", "-1"], () => integer(32)),
    int8: scalar(["-9223372036854775808", "9223372036854775807", "0", "9007199254740993"], () => integer(64)),
    float4: scalar(
      ["NaN", "Infinity", "-Infinity", "-0", "0", "1.17549435e-38", "1e-45", "3.40282347e+38", "0.1", "16777217"],
      () => float(4),
    ),
    float8: scalar(
      [
        "NaN",
        "Infinity",
        "-Infinity",
        "-0",
        "5e-324",
        "2.2250738585072014e-308",
        "1.7976931348623157e308",
        "0.1",
        "0.30000000000000004",
        "9007199254740993",
      ],
      () => float(8),
    ),
    numeric: scalar(
      [
        "NaN",
        "Infinity",
        "-Infinity",
        "0",
        "0.00",
        "-0.0",
        "1.0",
        "1.00",
        "1e-20",
        "1e1000",
        "1e-1000",
        "12345678901234567890.123456789012345678901234567890",
      ],
      numeric,
    ),
    money: scalar(
      ["92233720368547758.07", "-92233720368547758.08", "0", "-0.01"],
      () => `${sign()}${int(0, 10 ** 9)}.${digits(2)}`,
    ),
    text: scalar(
      ["", " ", "\\N", "\\", "\\\\t", "a\tb\nc\rd", "'\"", "ä€😀\u0001", "\u007f", "null", "NULL", "x".repeat(3000)],
      text,
    ),
    varchar: scalar(["", "  pad  ", "\\."], text),
    bpchar: scalar(["", "a", "a b", "  "], text),
    name: scalar(["", "some_name", "x".repeat(63)], text),
    char: scalar(["", "x", "\\001", "\\377"], () =>
      pick([word().slice(0, 1), `\\${int(0, 3)}${int(0, 7)}${int(0, 7)}`]),
    ),
    bytea: scalar(["\\x", "\\x00", "\\x5c5c27220009ff", "\\xdeadbeef"], () => `\\x${hex(2 * int(0, 40))}`),
    date: scalar(
      [
        "infinity",
        "-infinity",
        "4713-01-01 BC",
        "5874897-12-31",
        "1900-01-01",
        "2024-03-10",
        "2000-02-29",
        "0001-01-01",
        "0001-12-31 BC",
      ],
      () => `${day(5_000_000)}${era()}`,
    ),
    time: scalar(["00:00:00", "24:00:00", "23:59:59.999999"], time),
    timetz: scalar(["24:00:00+14", "00:00:00-15:59:59", "04:05:06.789-08"], () => `${time()}${zone()}`),
    timestamp: scalar(
      [
        "infinity",
        "-infinity",
        "4713-01-01 00:00:00 BC",
        "294276-12-31 23:59:59.999999",
        "2024-03-10 02:30:00.999999",
        "1969-12-31 23:59:59.999999",
      ],
      () => `${day(290_000)} ${time()}${era()}`,
    ),
    timestamptz: scalar(
      [
        "infinity",
        "-infinity",
        "4713-01-02 00:00:00+00 BC",
        "294276-12-31 23:59:59.999999+00",
        "2024-03-10 01:02:03.123456+00",
        "2024-11-03 01:30:00-04",
        "2024-11-03 01:30:00-05",
        "0001-12-31 23:59:59.999999+00 BC",
        "1883-11-18 12:03:57+00",
      ],
      () => `${day(290_000)} ${time()}${zone()}${era()}`,
    ),
    interval: scalar(
      [
        "0",
        "1 mon 2 days 03:04:05.678901",
        "30 days",
        "1 mon",
        "-1 year -2 mons +3 days -04:05:06",
        "178000000 years",
        "P0.5D",
        "-00:00:00.000001",
      ],
      () =>
        `${sign()}${int(0, 3000)} years ${sign()}${int(0, 20)} mons ${sign()}${int(0, 90)} days ${sign()}${int(0, 100)}:${two(int(0, 59))}:${two(int(0, 59))}${fraction()}`,
    ),
    json: scalar(
      ['{"b":1,"b":2,"x":1e400, "s": "\\u00e4"}', " [ ] ", "null", "12345678901234567890.123", '{"":{}}'],
      () => json(3),
    ),
    jsonb: scalar(['{"a":12345678901234567890.123}', '{"a":[1,{"b":null}]}', '"\\\\"', "1e100", "1.00", "-0"], () =>
      json(3),
    ),
    jsonpath: scalar(
      ['$."a"[*] ? (@ > 1)', "strict $", "$.a.b[1 to last].type()"],
      () =>
        `$.${word().replaceAll(/\d/g, "x")}[${int(0, 9)}] ? (@.a ${pick(["==", "<", ">="])} ${int(0, 99)} ${pick(["&&", "||"])} exists (@.b))`,
    ),
    uuid: scalar(["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"], () => hex(32)),
    inet: scalar(["::1", "192.168.0.1/24", "0.0.0.0/0", "::ffff:1.2.3.4"], () =>
      chance(0.6) ? `${address()}/${int(0, 32)}` : `${hex(4)}:${hex(4)}::${hex(3)}/${int(0, 128)}`,
    ),
    cidr: scalar(
      ["192.168.100.128/25", "2001:4f8:3:ba::/64", "0.0.0.0/0"],
      () => `${int(0, 255)}.${int(0, 255)}.0.0/${int(16, 32)}`,
    ),
    macaddr: scalar(["00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"], () => hex(12)),
    macaddr8: scalar(["08:00:2b:01:02:03:04:05"], () => hex(16)),
    bit: scalar(["0", "1", "101"], () => Array.from({ length: int(1, 4) }, () => int(0, 1)).join("")),
    varbit: scalar(["", "1"], () => Array.from({ length: int(0, 70) }, () => int(0, 1)).join("")),
    point: scalar(["(1.5,-2)", "(NaN,Infinity)", "(-0,5e-324)"], point),
    line: scalar(["{1,2,3}", "{0,-1,0}"], () => `{${finite()},${finite()},${finite()}}`),
    lseg: scalar(["[(1,2),(3,4)]"], () => `[${point()},${point()}]`),
    box: scalar(["(3,4),(1,2)"], () => `${point()},${point()}`),
    path: scalar(["[(1,2),(3,4)]", "((1,2),(3,4))"], () => (chance(0.5) ? `[${points()}]` : `(${points()})`)),
    polygon: scalar(["((0,0),(0,1),(1,0))"], () => `(${points()})`),
    circle: scalar(["<(1,2),3>", "<(0,0),0>"], () => `<${point()},${int(0, 99)}.${digits(3)}>`),
    tsvector: scalar(["'a':1A,2 'it''s':3 '\\\\':4", ""], () =>
      Array.from(
        { length: int(1, 6) },
        () => `${lexeme()}${chance(0.6) ? `:${int(1, 16_383)}${pick(["", "A", "B", "C"])}` : ""}`,
      ).join(" "),
    ),
    tsquery: scalar(
      ["'fat' & ( 'rat' | 'cat':AB ) & !'a':*", "'a' <-> 'b'"],
      () => `${lexeme()} ${pick(["&", "|", "<->", "<3>"])} ${pick(["", "!"])}${lexeme()}${pick(["", ":*", ":AB"])}`,
    ),
    // The output function itself leaves out a declaration of version 1.0, so none of these has one.
    xml: scalar(
      ['<a b="c">ä<!-- x --></a>', "<x/>text", ""],
      () => `<${pick(["a", "b"])} v="${int(0, 99)}">${word()}<![CDATA[ < & ]]></${"a"}>`,
    ),
    oid: scalar(["0", "4294967295"], () => unsigned(2 ** 32 - 1)),
    xid: scalar(["0", "4294967295"], () => unsigned(2 ** 32 - 1)),
    cid: scalar(["0", "4294967295"], () => unsigned(2 ** 32 - 1)),
    xid8: scalar(["0", "18446744073709551615"], () => unsigned(2 ** 48)),
    tid: scalar(["(0,0)", "(4294967295,65535)"], () => `(${unsigned(2 ** 32 - 1)},${unsigned(65_535)})`),
    pg_lsn: scalar(["0/0", "FFFFFFFF/FFFFFFFF", "16/B374D848"], () => `${hex(int(1, 8))}/${hex(int(1, 8))}`),
    txid_snapshot: scalar(["10:20:10,14,15"], snapshot),
    pg_snapshot: scalar(["10:20:10,14,15"], snapshot),
    int2vector: scalar(["", "1 -32768"], () => Array.from({ length: int(1, 9) }, () => integer(16)).join(" ")),
    oidvector: scalar(["", "0 4294967295"], () =>
      Array.from({ length: int(1, 9) }, () => unsigned(2 ** 32 - 1)).join(" "),
    ),
    refcursor: scalar(["", "my cursor"], text),
    aclitem: names([`=r/${role}`, `${role}=arwdDxt*/${role}`, `=X*/${role}`]),
    regproc: names(["now", "pg_catalog.pg_typeof", "-", "0", "987654321"]),
    regprocedure: names(["abs(integer)", "length(text)", "-"]),
    regoper: names(["||/", "-1", "0"]),
    regoperator: names(["+(integer,integer)", "=(text,text)", "0"]),
    regclass: names(["pg_class", "pg_catalog.pg_type_oid_index", "-", "987654321"]),
    regtype: names(["integer", "character varying[]", "mood", "-"]),
    regconfig: names(["simple", "english", "-"]),
    regdictionary: names(["simple", "english_stem"]),
    regnamespace: names(["pg_catalog", "public", "-"]),
    regrole: names([role, "-", "pg_monitor"]),
    regcollation: names(['"C"', '"default"', "-"]),
    mood: names(["sad", "it's ok", 'süß "quoted"', " "]),
    short_text: scalar(["", "ab", "\\"], () => text(7)),
    positive: scalar(["0.001", "999999999.999"], () => `${int(0, 10 ** 8)}.${digits(3)}`),
    address: scalar(
      ['("1 Main St, ""B""",12345,"2024-03-10 01:02:03.1+00","{sad,""it\'s ok""}")', "(,,,)", '("",0,,{})'],
      () => `(${quoteElement(text())},${integer(32)},"${day(2200)} ${time()}+00","{sad,NULL}")`,
    ),
  };
}
