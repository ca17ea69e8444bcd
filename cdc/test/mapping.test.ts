// Rows that do not stay as they are on the way: one table becomes two, two become one, values are filtered, fixed, computed and
// translated. Each table is filled in the copy and by the log, in the same plan, and what the target should hold is asked of the source
// by a query that says the same in plain SQL.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { verifyStream, type RunningStream, type StreamPlan } from "../src/index.ts";
import { catchUp, follow, planOf, startPair, type Pair } from "./kit/pair.ts";

type Table = StreamPlan["tables"][number];

const plan = planOf([
  // One table becomes two: those on their way and those that have arrived, and who gets them.
  {
    from: "public.parcels",
    to: "public.moving",
    key: ["id"],
    where: { expression: "NOT arrived", from: ["arrived"] },
    columns: {
      id: "id",
      state: { column: "status", enum: { new: "open", "on it's way": "travelling" }, otherwise: "other" },
      grams: { expression: "kilos * 1000", from: ["kilos"] },
      origin: { constant: "old \\ 'shop'" },
    },
  },
  {
    from: "public.parcels",
    to: "public.arrivals",
    key: ["id"],
    where: { expression: "arrived", from: ["arrived"] },
    columns: { id: "id", who: "receiver" },
  },
  // Two tables become one, row by row.
  union("letters", "letter"),
  union("crates", "crate"),
  // Two tables become one, column by column.
  { from: "public.people", to: "public.contacts", key: ["id"], columns: { id: "id", name: "name" } },
  {
    from: "public.phones",
    to: "public.contacts",
    part: true,
    key: ["id"],
    columns: { id: "person", phone: "number", kind: { column: "kind", enum: { m: "mobile", h: "home" } } },
  },
]);

const EXPECTED: Record<string, string> = {
  "SELECT * FROM moving": `SELECT id, CASE status WHEN 'new' THEN 'open' WHEN 'on it''s way' THEN 'travelling' WHEN status THEN 'other' END AS state,
    kilos * 1000 AS grams, 'old \\ ''shop''' AS origin FROM parcels WHERE NOT arrived`,
  "SELECT * FROM arrivals": "SELECT id, receiver AS who FROM parcels WHERE arrived",
  "SELECT * FROM items": `SELECT 'letter' AS kind, id, label FROM letters UNION ALL SELECT 'crate', id, label FROM crates`,
  "SELECT id, name, phone, kind FROM contacts": `SELECT id, name, number AS phone, CASE kind WHEN 'm' THEN 'mobile' WHEN 'h' THEN 'home' END AS kind
    FROM people LEFT JOIN phones ON person = id`,
};

describe("a mapping", () => {
  let pair: Pair;
  let stream: RunningStream;

  beforeAll(async () => {
    pair = await startPair();
    await pair.onSource(`
      CREATE TABLE parcels (id int PRIMARY KEY, status text, arrived boolean NOT NULL, receiver text, kilos numeric);
      ALTER TABLE parcels REPLICA IDENTITY FULL;
      CREATE TABLE letters (id int PRIMARY KEY, label text);
      CREATE TABLE crates (id bigint PRIMARY KEY, label text);
      CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL, large text STORAGE EXTERNAL);
      CREATE TABLE phones (person int PRIMARY KEY REFERENCES people ON UPDATE CASCADE ON DELETE CASCADE, number varchar(20), kind char(1));
      ALTER TABLE phones REPLICA IDENTITY FULL;
      INSERT INTO parcels VALUES (1, 'new', false, 'ann', 1.5), (2, 'on it''s way', true, 'bob', 2), (3, NULL, false, NULL, NULL), (4, 'lost', false, 'eve', 0);
      INSERT INTO letters VALUES (1, 'l1'), (2, 'l2');
      INSERT INTO crates VALUES (1, 'c1'), (3, NULL);
      INSERT INTO people VALUES (1, 'ann'), (2, 'bob'), (3, 'cyd');
      INSERT INTO phones VALUES (1, '11', 'm'), (3, NULL, NULL)`);
    await pair.onTarget(`
      CREATE TYPE motion AS ENUM ('open', 'travelling', 'other');
      CREATE TABLE moving (id int PRIMARY KEY, state motion, grams numeric, origin text NOT NULL);
      CREATE TABLE arrivals (id int PRIMARY KEY, who text);
      CREATE TABLE items (kind varchar(6), id bigint, label text, PRIMARY KEY (kind, id));
      CREATE TABLE contacts (id int PRIMARY KEY, name text NOT NULL, phone text, kind text, own text DEFAULT 'kept')`);
    stream = await follow(pair, plan);
  });
  afterAll(async () => {
    await stream.close();
    await pair.remove();
  });

  const expectEqual = async () => {
    await catchUp(pair, plan);
    for (const [held, meant] of Object.entries(EXPECTED)) {
      const rows = (sql: string) => `SELECT to_jsonb(r)::text AS row FROM (${sql}) AS r ORDER BY 1`;
      expect(await pair.onTarget(rows(held))).toEqual(await pair.onSource(rows(meant)));
    }
    const { outcome, tables } = await verifyStream({ plan, addresses: pair.addresses });
    expect(tables.filter((table) => table.outcome !== "equal")).toEqual([]);
    expect(outcome).toBe("equal");
  };

  test("is followed by the copy", expectEqual);

  test.each<[string, string]>([
    [
      "new rows",
      "INSERT INTO parcels VALUES (10, 'new', true, 'x', 1), (11, 'new', false, 'y', 1); INSERT INTO letters VALUES (10, 'a'); INSERT INTO crates VALUES (10, 'b')",
    ],
    ["rows that change sides of a filter", "UPDATE parcels SET arrived = NOT arrived"],
    ["rows that get another key and side", "UPDATE parcels SET id = id + 100, arrived = NOT arrived WHERE id < 4"],
    [
      "changed values",
      "UPDATE parcels SET status = 'on it''s way', kilos = 7.25; UPDATE letters SET label = 'z'; UPDATE crates SET id = id + 50 WHERE id = 1",
    ],
    [
      "rows that go",
      "DELETE FROM parcels WHERE id = 11; DELETE FROM letters WHERE id = 1; DELETE FROM crates WHERE id = 10",
    ],
    [
      "equal keys that come and go in one transaction",
      "BEGIN; DELETE FROM letters; INSERT INTO letters VALUES (2, 'again'); INSERT INTO crates VALUES (2, 'c2'); DELETE FROM crates WHERE id = 3; COMMIT",
    ],
    [
      "a part that comes after its row",
      "INSERT INTO people VALUES (4, 'dan'); INSERT INTO phones VALUES (4, '44', 'h'), (2, '22', 'm')",
    ],
    [
      "a row and its part in one transaction",
      "BEGIN; INSERT INTO people VALUES (5, 'eve'); INSERT INTO phones VALUES (5, '55', NULL); UPDATE people SET name = 'Eve' WHERE id = 5; COMMIT",
    ],
    [
      "a part that changes, and one that goes",
      "UPDATE phones SET number = '111' WHERE person = 1; DELETE FROM phones WHERE person = 4; UPDATE people SET name = upper(name)",
    ],
    ["a part that moves to another row", "UPDATE phones SET person = 4 WHERE person = 5"],
    ["a row that gets another key, and its part with it", "UPDATE people SET id = 20 WHERE id = 1"],
    ["a row that goes with its part", "DELETE FROM people WHERE id = 2"],
    [
      "a row with its part that comes anew",
      "BEGIN; DELETE FROM people WHERE id = 20; INSERT INTO people VALUES (20, 'anew'); COMMIT",
    ],
    ["a truncated half of a union", "TRUNCATE letters"],
    ["truncated parts", "TRUNCATE phones"],
    ["a truncated table that is split", "TRUNCATE parcels"],
  ])("is followed by %s", async (_what, sql) => {
    await pair.onSource(sql);

    await expectEqual();
  });

  test("leaves alone the target's own columns of a row whose part goes", async () => {
    await pair.onTarget("UPDATE contacts SET own = 'mine' WHERE id = 3");
    await pair.onSource("INSERT INTO phones VALUES (3, '3', 'h')");
    await catchUp(pair, plan);
    await pair.onSource("DELETE FROM phones WHERE person = 3");

    await expectEqual();
    expect(await pair.onTarget("SELECT own FROM contacts WHERE id = 3")).toEqual([{ own: "mine" }]);
  });
});

function union(table: string, kind: string): Table {
  return {
    from: `public.${table}`,
    to: "public.items",
    key: ["kind", "id"],
    columns: { kind: { constant: kind }, id: "id", label: "label" },
  };
}
