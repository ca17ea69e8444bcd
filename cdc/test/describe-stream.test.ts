// What a start would do is told without doing it, and the rights that it names are enough.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeStream, prepareStream } from "../src/index.ts";
import { catchUp, follow, planOf, sameTable, startPair, type Pair } from "./kit/pair.ts";

let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
  await pair.onSource(`
    CREATE TABLE parcels (id int PRIMARY KEY, status text, kilos int);
    INSERT INTO parcels SELECT n, 'new', n FROM generate_series(1, 1000) n;
    ANALYZE parcels`);
  await pair.onTarget(
    "CREATE TABLE boxes (id int PRIMARY KEY, state text, grams int, origin text); CREATE TABLE parcels (id int PRIMARY KEY, kilos int)",
  );
});
afterAll(() => pair.remove());

const plan = {
  ...planOf([
    {
      from: "public.parcels",
      to: "public.boxes",
      key: ["id"],
      columns: {
        id: "id",
        state: { column: "status", enum: { new: "open" } },
        grams: { expression: "kilos * 1000", from: ["kilos"] },
        origin: { constant: "shop" },
      },
    },
    {
      ...sameTable("parcels", ["id"], ["id"]),
      where: { expression: "kilos > 5", from: ["kilos"] },
      others: "same-name" as const,
    },
  ]),
};

test("tables, mapping, sizes, publication, slot and rights are told, and nothing is changed", async () => {
  await pair.onTarget("INSERT INTO parcels VALUES (0)");
  const described = await describeStream(plan, pair.addresses);

  expect(described).toMatchObject({
    state: "new",
    publication: { name: "strangler_parcels", exists: false },
    slot: { exists: false },
    schemaChanges: { policy: "stop", announced: false, sql: expect.stringContaining("CREATE EVENT TRIGGER") },
  });
  expect(described.copy?.rows).toBe(2000);
  expect(described.tables[0]).toMatchObject({
    rows: 1000,
    columns: [
      { to: "id", from: "id" },
      { to: "state", from: "status: new -> open, others refused" },
      { to: "grams", from: "= kilos * 1000" },
      { to: "origin", from: "= 'shop'" },
    ],
  });
  expect(described.problems.map(({ problem }) => problem)).toEqual(["COLUMN_MISSING", "TARGET_NOT_EMPTY"]);
  expect(await pair.onSource("SELECT 1 FROM pg_publication UNION ALL SELECT 1 FROM pg_event_trigger")).toEqual([]);
  await pair.onTarget("ALTER TABLE parcels ADD COLUMN status text");
  const mended = await describeStream(plan, pair.addresses);
  expect(mended.problems.map(({ problem }) => problem)).toEqual(["FILTER_NEEDS_FULL_ROWS", "TARGET_NOT_EMPTY"]);
  await pair.onTarget("TRUNCATE parcels");
  await pair.onSource("ALTER TABLE parcels REPLICA IDENTITY FULL");
});

test("the rights that it names are enough for roles that have no others", async () => {
  const { grants, problems, tables } = await describeStream(plan, pair.addresses);
  expect(problems).toEqual([]);
  expect(tables[1]?.columns.map(({ to }) => to)).toEqual(["id", "status", "kilos"]);
  await prepareStream(plan, pair.addresses);
  for (const [ask, role, statements] of [
    [pair.onSource, "capture", grants.source],
    [pair.onTarget, "apply", grants.target],
  ] as const) {
    await ask(`CREATE ROLE ${role} LOGIN PASSWORD '${role}'`);
    for (const sql of statements) await ask(sql);
  }
  const as = (url: string, role: string) => Object.assign(new URL(url), { username: role, password: role }).href;
  const addresses = {
    ...pair.addresses,
    capture: as(pair.addresses.capture, "capture"),
    apply: as(pair.addresses.apply, "apply"),
  };
  const stream = await follow({ ...pair, addresses }, plan);
  await pair.onSource("UPDATE parcels SET kilos = 7 WHERE id = 1");
  await catchUp(pair, plan);

  expect(await pair.onTarget("SELECT count(*) FROM parcels")).toEqual([{ count: "996" }]);
  expect((await describeStream(plan, addresses)).state).toBe("following");
  await stream.close();
});
