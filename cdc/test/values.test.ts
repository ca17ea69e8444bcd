// Values that node-postgres' own parsers would change (microseconds, days shifted by a time zone, infinities, digits of large
// numbers, repeated keys), and everything else that a server has: every type of its catalog, in the copy, by inserts, by updates and as
// keys, through streams in three processes that each live in a time zone of their own, between servers that are set up to write values in
// ways that do not fit together.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { PostgresVersion } from "@strangler/test-kit";
import { verifyStream, type StreamPlan } from "../src/index.ts";
import { catchUp, planOf, startPair, type Ask, type Pair } from "./kit/pair.ts";
import { createLauncher, type StreamLauncher } from "./kit/stream-process.ts";
import { quoteName } from "../src/postgres/quote.ts";
import { generateValues, OWN_TYPES, type TypeValues } from "./kit/values.ts";

const ZONES = { home: "America/New_York", far: "Asia/Kolkata", noon: "Pacific/Chatham" };
const SEED = 20_240_310;
const MANY = 2_000;
const SOME = 150;
/** Types of which more values cost little. */
const CHEAP =
  /^(smallint|integer|bigint|real|double precision|numeric|date|time.*|interval|uuid|text|bytea|inet|bit varying|money|jsonb?)$/;

/** Arrays are compared by what they hold; a few are enough to show it. */
const KEY_ARRAYS = new Set(["integer[]", "text[]", "double precision[]", "mood[]"]);

type Wide = { table: string; columns: readonly TypeValues[]; rows: number };

describe.each<[PostgresVersion, PostgresVersion]>([
  [15, 18],
  [18, 15],
])("every type's values from PostgreSQL %i to %i", (sourceVersion, targetVersion) => {
  let pair: Pair;
  let launcher: StreamLauncher;
  let types: TypeValues[];
  let wide: Wide[];
  let keyed: { table: string; type: string }[];
  let plans: StreamPlan[];

  beforeAll(async () => {
    pair = await startPair({ source: sourceVersion, target: targetVersion });
    launcher = await createLauncher(pair.addresses);
    await unfriendly(pair);
    const schemas = Object.keys(ZONES).map((zone) => `CREATE SCHEMA ${zone};`);
    for (const ask of [pair.onSource, pair.onTarget]) await ask(OWN_TYPES);
    await pair.onTarget(schemas.join("\n"));
    types = await generateValues(pair.onSource, pair.onTarget, {
      seed: SEED,
      count: (type) => (CHEAP.test(type) ? MANY : SOME),
    });
    wide = widen(types);
    keyed = await findKeys(pair.onSource, types);
    for (const table of wide) await createWide(pair, table);
    for (const { table, type } of keyed) {
      await pair.onTarget(`CREATE TABLE home.${table} (k ${type} PRIMARY KEY, n int)`);
    }
    plans = Object.keys(ZONES).map((zone) => planFor(zone, wide, zone === "home" ? keyed : []));
    for (const table of wide) await insertWide(pair.onSource, table, 0);
    await insertKeys(pair.onSource, keyed, types, 0);
    await Promise.all(
      plans.map(async (plan, place) => {
        const stream = await launcher.launch(plan, { TZ: Object.values(ZONES)[place] ?? "" });
        await stream.waitForState("following");
      }),
    );
  }, 180_000);
  afterAll(async () => {
    await launcher.close();
    await pair.remove();
  });

  const expectEqual = async () => {
    for (const plan of plans) await catchUp(pair, plan);
    for (const table of wide) {
      const meant = await digests(pair.onSource, `public.${table.table}`, table);
      for (const zone of Object.keys(ZONES)) {
        expect({ zone, ...(await digests(pair.onTarget, `${zone}.${table.table}`, table)) }).toEqual({
          zone,
          ...meant,
        });
      }
    }
    for (const { table } of keyed) {
      const rows = (schema: string) =>
        `${PINNED} SELECT k::text AS k, n FROM ${schema}.${table} ORDER BY k::text COLLATE "C"`;
      expect(await pair.onTarget(rows("home"))).toEqual(await pair.onSource(rows("public")));
    }
  };

  test("are hundreds of every type there is", () => {
    const builtIn = types.filter(({ type }) => !/\[\]|\(/.test(type));
    expect(builtIn.length).toBeGreaterThanOrEqual(60);
    expect(types.reduce((sum, { values }) => sum + values.length, 0)).toBeGreaterThan(30_000);
    expect(keyed.length).toBeGreaterThanOrEqual(50);
  });

  test("arrive by the copy as they left", expectEqual, 60_000);

  test("arrive by inserts", async () => {
    for (const table of wide) await insertWide(pair.onSource, table, table.rows);
    await insertKeys(pair.onSource, keyed, types, 1);

    await expectEqual();
  }, 60_000);

  test("arrive by updates, and keys are found again", async () => {
    for (const table of wide) await pair.onSource(reverseSql(table));
    for (const { table } of keyed) {
      await pair.onSource(`UPDATE ${table} SET n = n + 1000; DELETE FROM ${table} WHERE n % 3 = 0`);
    }

    await expectEqual();
  }, 60_000);

  test("and the verification finds them equal", async () => {
    const { outcome, tables } = await verifyStream({ plan: plans[0] as StreamPlan, addresses: pair.addresses });

    expect(tables.filter((table) => table.outcome !== "equal")).toEqual([]);
    expect(outcome).toBe("equal");
  }, 60_000);
});

const PINNED = `SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex';
  SET extra_float_digits = 3; SET lc_monetary = 'C';`;

async function unfriendly({ onSource, onTarget }: Pair): Promise<void> {
  const set = (settings: Record<string, string>) =>
    Object.entries(settings)
      .map(([name, value]) => `ALTER DATABASE postgres SET ${name} = '${value}';`)
      .join("\n");
  await onSource(
    set({
      timezone: "America/New_York",
      datestyle: "SQL, DMY",
      intervalstyle: "iso_8601",
      bytea_output: "escape",
      extra_float_digits: "-15",
    }),
  );
  await onTarget(
    set({
      timezone: "Asia/Kolkata",
      datestyle: "German",
      intervalstyle: "sql_standard",
      extra_float_digits: "0",
      xmloption: "document",
      standard_conforming_strings: "off",
      array_nulls: "off",
    }),
  );
}

/** A few tables of many columns, those with many values apart. */
function widen(types: readonly TypeValues[]): Wide[] {
  const cheap = types.filter(({ type }) => CHEAP.test(type));
  const others = types.filter(({ type }) => !CHEAP.test(type));
  const groups = [
    cheap,
    ...Array.from({ length: 4 }, (_, part) => others.filter((_type, place) => place % 4 === part)),
  ];
  return groups.map((columns, place) => ({
    table: `w${place}`,
    columns,
    rows: Math.max(...columns.map(({ values }) => values.length)),
  }));
}

async function createWide(pair: Pair, { table, columns }: Wide): Promise<void> {
  const list = columns.map(({ type }, place) => `c${place} ${type}`).join(", ");
  await pair.onSource(`CREATE TABLE ${table} (id int PRIMARY KEY, ${list})`);
  for (const zone of Object.keys(ZONES))
    await pair.onTarget(`CREATE TABLE ${zone}.${table} (id int PRIMARY KEY, ${list})`);
}

// A type with fewer values than the table has rows begins anew.
async function insertWide(ask: Ask, { table, columns, rows }: Wide, from: number): Promise<void> {
  const values = columns.map(
    ({ type }, place) => `($${place + 1}::text[])[1 + g % array_length($${place + 1}::text[], 1)]::${type}`,
  );
  await ask(
    `INSERT INTO ${table} SELECT g, ${values.join(", ")} FROM generate_series(${from}, ${from + rows - 1}) AS g`,
    columns.map((column) => column.values),
  );
}

// Every row of the first half gets the values of another.
function reverseSql({ table, columns, rows }: Wide): string {
  const all = columns.map((_, place) => `c${place}`);
  const taken = all.map((name) => `${name} = o.${name}`).join(", ");
  return `UPDATE ${table} AS t SET ${taken} FROM ${table} AS o WHERE t.id < ${rows} AND o.id = ${rows - 1} - t.id`;
}

async function digests(ask: Ask, table: string, { columns }: Wide): Promise<Record<string, string | null>> {
  const sums = columns.map(
    ({ type }, place) =>
      `md5(string_agg(coalesce(c${place}::text, '<null>'), E'\\x01' ORDER BY id)) AS ${quoteName(type)}`,
  );
  const [row = {}] = await ask(`${PINNED} SELECT count(*), ${sums.join(", ")} FROM ${table}`);
  return row;
}

/** The types that can be a key, each with a table on the source. */
async function findKeys(ask: Ask, types: readonly TypeValues[]): Promise<{ table: string; type: string }[]> {
  const created: { table: string; type: string }[] = [];
  for (const [place, { type, values }] of types.entries()) {
    if (type.endsWith("[]") && !KEY_ARRAYS.has(type)) continue;
    const table = `k${place}`;
    // That an array of them may be a key does not say that its elements can be compared.
    const sorted = `SELECT FROM unnest($1::text[]) AS text ORDER BY text::${type}`;
    const can = await ask(sorted, [values.slice(0, SOME)])
      .then(() => ask(`CREATE TABLE ${table} (k ${type} PRIMARY KEY, n int)`))
      .then(
        () => true,
        () => false,
      );
    if (can) created.push({ table, type });
  }
  return created;
}

// Half of the values in the copy, half by the log. Equal values in two spellings are one key.
async function insertKeys(
  ask: Ask,
  keyed: readonly { table: string; type: string }[],
  types: readonly TypeValues[],
  half: 0 | 1,
): Promise<void> {
  for (const { table, type } of keyed) {
    const values = types.find((each) => each.type === type)?.values ?? [];
    const texts = values.slice(0, SOME).filter((text, place) => place % 2 === half && text.length < 800);
    await ask(
      `INSERT INTO ${table} SELECT text::${type}, place FROM unnest($1::text[]) WITH ORDINALITY AS t(text, place) ON CONFLICT DO NOTHING`,
      [texts],
    );
  }
}

function planFor(zone: string, wide: readonly Wide[], keyed: readonly { table: string }[]): StreamPlan {
  const entry = (table: string, key: string, columns: readonly string[]) => ({
    from: `public.${table}`,
    to: `${zone}.${table}`,
    key: [key],
    columns: Object.fromEntries(columns.map((column) => [column, column])),
  });
  return planOf(
    [
      ...wide.map(({ table, columns }) => entry(table, "id", ["id", ...columns.map((_, place) => `c${place}`)])),
      ...keyed.map(({ table }) => entry(table, "k", ["k", "n"])),
    ],
    zone,
  );
}
