// Values that node-postgres' own parsers would change (microseconds, days shifted by a time zone, infinities, digits of large
// numbers, repeated keys), and everything else that has a text form of its own. Half of the rows travel in the copy, half by
// the log; both sides' servers are set up to write values in ways that do not fit together.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { PostgresVersion } from "@strangler/test-kit";
import { verifyStream, type RunningStream } from "../src/index.ts";
import { catchUp, follow, planOf, sameTable, startPair, type Pair } from "./kit/pair.ts";

const VALUES: Record<string, string[]> = {
  smallint: ["-32768", "32767", "0"],
  integer: ["-2147483648", "2147483647"],
  bigint: ["-9223372036854775808", "9223372036854775807"],
  numeric: [
    "NaN",
    "Infinity",
    "-Infinity",
    "0.00",
    "1e-20",
    "12345678901234567890.123456789012345678901234567890",
    "-0.0",
  ],
  "numeric(10,3)": ["1.5", "-9999999.999", "0"],
  real: ["NaN", "Infinity", "-Infinity", "-0", "1.17549435e-38", "3.40282347e+38", "0.1"],
  "double precision": [
    "NaN",
    "Infinity",
    "-Infinity",
    "-0",
    "5e-324",
    "1.7976931348623157e308",
    "0.1",
    "0.30000000000000004",
  ],
  money: ["$1,234.56", "-$0.01", "$92233720368547758.07"],
  boolean: ["true", "false"],
  text: ["", " ", "\\N", "\\", "\\\\t", "a\tb\nc\rd", "'\"", "ä€😀\u0001", "\u007f", "null", "NULL"],
  "varchar(20)": ["", "  pad  ", "twenty characters ok"],
  "char(5)": ["a", "abcde", "", "a b"],
  '"char"': ["x", "\\001"],
  name: ["some_name"],
  bytea: ["\\x", "\\x00", "\\x5c5c27220009ff", "\\xdeadbeef"],
  date: ["2024-03-10", "infinity", "-infinity", "0044-03-15 BC", "5874897-12-31", "1900-01-01"],
  time: ["00:00:00", "24:00:00", "23:59:59.999999"],
  timetz: ["04:05:06.789-08", "24:00:00+14", "00:00:00-15:59:59"],
  timestamp: [
    "2024-03-10 02:30:00.999999",
    "infinity",
    "-infinity",
    "4713-01-01 00:00:00 BC",
    "294276-12-31 23:59:59.999999",
  ],
  timestamptz: [
    "2024-03-10 01:02:03.123456+00",
    "2024-11-03 01:30:00-04",
    "2024-11-03 01:30:00-05",
    "infinity",
    "-infinity",
    "0001-12-31 23:59:59.999999+00 BC",
  ],
  "timestamp(0)": ["2024-03-10 01:02:03.5"],
  interval: ["1 mon 2 days 03:04:05.678901", "-1 year -2 mons +3 days -04:05:06", "0", "178000000 years", "P0.5D"],
  json: ['{"b":1,"b":2,"x":1e400, "s": "\\u00e4"}', " [ ] ", "null", "12345678901234567890.123"],
  jsonb: ['{"a":12345678901234567890.123}', '{"a":[1,{"b":null}]}', '"\\\\"', "null", "1e100"],
  uuid: ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
  inet: ["192.168.0.1/24", "::1", "10.1.2.3"],
  cidr: ["192.168.100.128/25", "2001:4f8:3:ba::/64"],
  macaddr: ["08:00:2b:01:02:03"],
  macaddr8: ["08:00:2b:01:02:03:04:05"],
  "bit(3)": ["101"],
  "bit varying(8)": ["", "1", "10101010"],
  point: ["(1.5,-2)", "(NaN,Infinity)"],
  line: ["{1,2,3}"],
  lseg: ["[(1,2),(3,4)]"],
  box: ["(3,4),(1,2)"],
  path: ["[(1,2),(3,4)]", "((1,2),(3,4))"],
  polygon: ["((0,0),(0,1),(1,0))"],
  circle: ["<(1,2),3>"],
  tsvector: ["'a':1A,2 'it''s':3 '\\\\':4"],
  tsquery: ["'fat' & ( 'rat' | 'cat':AB ) & !'a':*"],
  xml: ['<a b="c">ä<!-- x --></a>', "<x/>text"],
  "integer[]": ["{}", "{1,NULL,3}", "{{1,2},{3,4}}", "[0:1]={7,8}", "[-2:-1][5:5]={{1},{2}}"],
  "text[]": ['{"a b","c,d","e\\"f","g\\\\h",NULL,"NULL","","{}"}'],
  "timestamptz[]": ['{"2024-03-10 01:02:03.123456+00",infinity}'],
  int4range: ["empty", "[1,10)", "(,5]", "(,)"],
  numrange: ["(1.5,2.50]"],
  tstzrange: ['["2024-03-10 01:02:03.1+00",infinity)'],
  int4multirange: ["{}", "{[1,3),[5,7)}"],
  pg_lsn: ["16/B374D848"],
  txid_snapshot: ["10:20:10,14,15"],
  oid: ["4294967295"],
  mood: ["sad", "it's ok"],
  short_text: ["ab"],
  address: ['("1 Main St, ""B""",12345)', "(,)"],
  "address[]": ['{"(a,1)","(\\"b c\\",2)"}'],
  moment_range: ['["2024-03-10 01:02:03.1","2024-03-11 00:00:00")'],
};

const TYPES = `
  CREATE TYPE mood AS ENUM ('sad', 'it''s ok');
  CREATE DOMAIN short_text AS text CHECK (length(VALUE) < 5);
  CREATE TYPE address AS (street text, zip int);
  CREATE TYPE moment_range AS RANGE (subtype = timestamp)`;

const types = Object.keys(VALUES);
const table = (index: number) => `v${index}`;
const plan = planOf(types.map((_, index) => sameTable(table(index), ["id"], ["id", "v"])));

describe.each<[PostgresVersion, PostgresVersion]>([
  [18, 18],
  [15, 18],
  [18, 15],
])("values from PostgreSQL %i to %i", (source, target) => {
  let pair: Pair;
  let stream: RunningStream;

  beforeAll(async () => {
    pair = await startPair({ source, target });
    const create = types.map((type, index) => `CREATE TABLE ${table(index)} (id int PRIMARY KEY, v ${type});`);
    for (const ask of [pair.onSource, pair.onTarget]) await ask(`${TYPES}; ${create.join("\n")}`);
    await pair.onSource(`ALTER DATABASE postgres SET timezone = 'America/New_York';
      ALTER DATABASE postgres SET datestyle = 'SQL, DMY'; ALTER DATABASE postgres SET intervalstyle = 'iso_8601';
      ALTER DATABASE postgres SET bytea_output = 'escape'; ALTER DATABASE postgres SET extra_float_digits = -15`);
    await pair.onTarget(`ALTER DATABASE postgres SET timezone = 'Asia/Kolkata';
      ALTER DATABASE postgres SET datestyle = 'German'; ALTER DATABASE postgres SET intervalstyle = 'sql_standard'`);
    await insertAll(pair, 0);
    stream = await follow(pair, plan, { copyWorkers: 4 });
    await insertAll(pair, 1000);
    await catchUp(pair, plan);
  }, 120_000);
  afterAll(async () => {
    await stream.close();
    await pair.remove();
  });

  test.each(types.map((type, index) => [type, index] as const))("%s arrives as it left", async (_type, index) => {
    const all = `SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex';
      SET extra_float_digits = 3; SELECT id, v::text FROM ${table(index)} ORDER BY id`;
    const rows = await pair.onSource(all);

    expect(await pair.onTarget(all)).toEqual(rows);
    expect(rows).toHaveLength(2 * (VALUES[types[index] ?? ""]?.length ?? 0) + 2);
  });

  test("and the verification finds them equal", async () => {
    const { outcome } = await verifyStream({ plan, addresses: pair.addresses });

    expect(outcome).toBe("equal");
  });
});

async function insertAll(pair: Pair, firstId: number): Promise<void> {
  const inserts = types.map((type, index) => {
    const rows = (VALUES[type] ?? []).map((text, n) => `(${firstId + n}, '${text.replaceAll("'", "''")}'::${type})`);
    return `INSERT INTO ${table(index)} VALUES ${[...rows, `(${firstId + 999}, NULL)`].join(", ")};`;
  });
  await pair.onSource(`SET datestyle = 'ISO'; SET timezone = 'UTC'; ${inserts.join("\n")}`);
}
