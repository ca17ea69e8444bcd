// Tables that are changed while a stream follows them: what each policy does, with the change seen in its place in the log, on the
// oldest and the newest server.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { PostgresVersion } from "@strangler/test-kit";
import { startStream, type RunningStream, type StreamPlan } from "../src/index.ts";
import { catchUp, follow, planOf, sameTable, silent, startPair, type Pair } from "./kit/pair.ts";

type Changes = Pick<StreamPlan, "onSchemaChange" | "schemaChanges">;

describe.each<[PostgresVersion]>([[18], [15]])("a changed table of PostgreSQL %i", (version) => {
  let pair: Pair;
  let serial = 0;
  const running: RunningStream[] = [];

  beforeAll(async () => {
    pair = await startPair({ source: version, target: version });
  });
  afterAll(async () => {
    await Promise.all(running.map((stream) => stream.close()));
    await pair.remove();
  });

  const both = async (sql: string) => {
    for (const ask of [pair.onSource, pair.onTarget]) await ask(sql);
  };
  const begin = async (plan: StreamPlan) => {
    const stream = await follow(pair, plan);
    running.push(stream);
    return stream;
  };
  /** A table of its own on both sides with one row, and a stream that follows it. */
  const followed = async (changes: Changes, others: boolean, columns = ["id", "a"]) => {
    const name = `t${(serial += 1)}`;
    await both(`CREATE TABLE ${name} (id int PRIMARY KEY, a text, b int)`);
    await pair.onSource(`INSERT INTO ${name} VALUES (1, 'before', 1)`);
    const table = { ...sameTable(name, ["id"], columns), ...(others ? { others: "same-name" as const } : {}) };
    const plan: StreamPlan = { ...planOf([table], name), ...changes };
    const stream = await begin(plan);
    await pair.onSource(`INSERT INTO ${name} VALUES (2, 'still before', 2)`);
    return { name, plan, stream, table };
  };
  const rows = (name: string) => pair.onTarget(`SELECT to_jsonb(t)::text AS row FROM ${name} AS t ORDER BY id`);
  const same = async (name: string, plan: StreamPlan) => {
    await catchUp(pair, plan);
    expect(await rows(name)).toEqual(
      await pair.onSource(`SELECT to_jsonb(t)::text AS row FROM ${name} AS t ORDER BY id`),
    );
  };

  describe("stop", () => {
    test("stops in front of a new column that the plan is silent about, again after a restart, and goes on when it speaks", async () => {
      const { name, plan, stream } = await followed({}, false);
      await pair.onSource(
        `BEGIN; INSERT INTO ${name} VALUES (3, 'same transaction'); ALTER TABLE ${name} ADD COLUMN colour text; COMMIT`,
      );
      await pair.onSource(`INSERT INTO ${name} (id, a, colour) VALUES (4, 'after', 'red')`);

      await expect(stream.finished).rejects.toMatchObject({ code: "STREAM_SCHEMA_CHANGED", exitCode: 3 });
      await expect(stream.finished).rejects.toThrow(
        `The source changed public.${name} (ADD COLUMN colour), and the plan does not say what becomes of it. Everything before was applied, nothing is lost.`,
      );
      expect(await pair.onTarget(`SELECT id FROM ${name} ORDER BY id`)).toEqual([{ id: "1" }, { id: "2" }]);
      await expect(startStream({ plan, addresses: pair.addresses, log: silent }).finished).rejects.toThrow(
        /ADD COLUMN colour/,
      );

      const mended: StreamPlan = {
        ...plan,
        onSchemaChange: "mapped",
        schemaChanges: [{ from: `public.${name}`, on: "add column colour" }],
      };
      await begin(mended);
      await catchUp(pair, mended);
      expect(await pair.onTarget(`SELECT id, a FROM ${name} ORDER BY id`)).toHaveLength(4);
    });

    test("does not stop for what the plan has nothing to do with, nor for what changes no column", async () => {
      const { name, plan } = await followed({}, false);
      await pair.onSource(`ALTER TABLE ${name} DROP COLUMN b; ALTER TABLE ${name} ALTER a SET NOT NULL; CREATE INDEX ON ${name} (a);
        CREATE TABLE beside_${name} (x int); ALTER TABLE beside_${name} ADD COLUMN y int; DROP TABLE beside_${name}`);
      await pair.onSource(`INSERT INTO ${name} VALUES (3, 'after')`);

      await catchUp(pair, plan);
      expect(await pair.onTarget(`SELECT a FROM ${name} WHERE id = 3`)).toEqual([{ a: "after" }]);
    });

    test.each<[string, string, RegExp]>([
      [
        "a renamed column",
        "RENAME a TO label",
        /RENAME COLUMN a TO label\), and the plan reads "a".*Write "label" for "a" in the plan/,
      ],
      ["a column that goes", "DROP COLUMN a", /DROP COLUMN a\), and the plan needs "a"/],
      [
        "another type",
        "ALTER a TYPE int USING id",
        /ALTER COLUMN a TYPE\), and the plan reads "a", which was text and is integer now/,
      ],
      [
        "another name of the table",
        "RENAME TO moved_%",
        /RENAME TO public.moved_\w+\), and the plan reads it by its old name/,
      ],
    ])("stops in front of %s that the plan reads", async (_what, change, expected) => {
      const { name, stream } = await followed({}, false);
      await pair.onSource(`ALTER TABLE ${name} ${change.replace("%", name)}`);

      await expect(stream.finished).rejects.toThrow(expected);
      expect(await pair.onTarget(`SELECT a FROM ${name} ORDER BY id`)).toEqual([
        { a: "before" },
        { a: "still before" },
      ]);
    });
  });

  describe("additive", () => {
    const additive = { onSchemaChange: "additive" } as const;

    test("takes new columns along from the very next row, with what older rows hold in them", async () => {
      const { name, plan } = await followed(additive, true);
      await pair.onSource(`BEGIN; INSERT INTO ${name} VALUES (3, 'x', 3);
        ALTER TABLE ${name} ADD COLUMN c text; UPDATE ${name} SET c = 'set ' || id WHERE id > 1;
        ALTER TABLE ${name} ADD COLUMN d numeric(6,2) NOT NULL DEFAULT 1.5, ADD COLUMN "odd ""name" date;
        SAVEPOINT s; ALTER TABLE ${name} ADD COLUMN g int; RELEASE s; INSERT INTO ${name} VALUES (4, 'y', 4, 'new', 7, '2024-02-29', 8); COMMIT`);
      await pair.onSource(
        `ALTER TABLE ${name} ADD COLUMN e timestamptz NOT NULL DEFAULT now(); INSERT INTO ${name} (id, a) VALUES (5, 'z')`,
      );
      await pair.onSource(
        `ALTER TABLE ${name} ADD COLUMN f text[] DEFAULT '{a,"b c"}'; DELETE FROM ${name} WHERE id = 2`,
      );

      await same(name, plan);
      // A default that is computed for every row stays the source's own.
      const defaults = `SELECT column_name, column_default IS NOT NULL AS has FROM information_schema.columns WHERE table_name = '${name}' AND column_name IN ('d', 'e')`;
      expect(await pair.onTarget(`${defaults} ORDER BY 1`)).toEqual([
        { column_name: "d", has: "t" },
        { column_name: "e", has: "f" },
      ]);
    });

    test("finds them again after a restart that stood in front of the change", async () => {
      const { name, plan, stream } = await followed(additive, true);
      await catchUp(pair, plan);
      await stream.close();
      await pair.onSource(`INSERT INTO ${name} VALUES (3, 'old layout', 3); ALTER TABLE ${name} ADD COLUMN c text DEFAULT 'c'; ALTER TABLE ${name} DROP COLUMN b;
        INSERT INTO ${name} VALUES (4, 'new layout', 'c2')`);

      await begin(plan);
      await catchUp(pair, plan);
      const columns = "SELECT id, a, c FROM";
      expect(await pair.onTarget(`${columns} ${name} ORDER BY id`)).toEqual(
        await pair.onSource(`${columns} ${name} ORDER BY id`),
      );
    });

    test("passes new columns over where the plan names all it wants", async () => {
      const { name, plan } = await followed(additive, false);
      await pair.onSource(`ALTER TABLE ${name} ADD COLUMN c text; INSERT INTO ${name} VALUES (3, 'x', 3, 'c')`);

      await catchUp(pair, plan);
      expect(await pair.onTarget(`SELECT * FROM ${name} WHERE id = 3`)).toEqual([{ id: "3", a: "x", b: null }]);
    });

    test("stops where older rows got values that the log does not tell", async () => {
      const { name, stream } = await followed(additive, true);
      await pair.onSource(`ALTER TABLE ${name} ADD COLUMN u uuid DEFAULT gen_random_uuid()`);

      await expect(stream.finished).rejects.toThrow(
        /the rows that were there got values of their own that the log does not tell/,
      );
    });

    test("stops where the target has no such type, and where its role may not change the table", async () => {
      const { name, stream } = await followed(additive, true);
      await pair.onSource(`CREATE TYPE mood_${name} AS ENUM ('good'); ALTER TABLE ${name} ADD COLUMN m mood_${name}`);
      await expect(stream.finished).rejects.toThrow(/the target has no type public.mood_/);

      const other = await followed(additive, true);
      await pair.onTarget(`ALTER TABLE ${other.name} ADD COLUMN c int`);
      await pair.onSource(`ALTER TABLE ${other.name} ADD COLUMN c int`);
      await expect(other.stream.finished).rejects.toThrow(
        /The target does not follow the change of public.t\d+ \(ADD COLUMN c\): column "c" of relation .* already exists/,
      );
    });
  });

  describe("mapped", () => {
    test("runs what the plan says in its place, fills its columns from the next row, and knows them after a restart", async () => {
      const { name, plan, stream } = await followed(
        {
          onSchemaChange: "mapped",
          schemaChanges: [
            {
              from: "public.%",
              on: "ADD COLUMN cents",
              run: "ALTER TABLE % ADD COLUMN price numeric(10,2) DEFAULT 0",
              columns: { price: { expression: "cents / 100.0", from: ["cents"] } },
            },
            { from: "public.%", on: "DROP COLUMN b", run: "ALTER TABLE % DROP COLUMN b" },
          ].map(
            (change) =>
              JSON.parse(JSON.stringify(change).replaceAll("%", `t${serial + 1}`)) as NonNullable<
                Changes["schemaChanges"]
              >[number],
          ),
        },
        false,
      );
      await pair.onSource(
        `BEGIN; ALTER TABLE ${name} ADD COLUMN cents int; UPDATE ${name} SET cents = 250 WHERE id = 1; COMMIT`,
      );
      await catchUp(pair, plan);
      await stream.close();
      await pair.onSource(`UPDATE ${name} SET cents = 199 WHERE id = 2; ALTER TABLE ${name} DROP COLUMN b`);
      const again = await begin(plan);
      await catchUp(pair, plan);

      expect(await pair.onTarget(`SELECT * FROM ${name} ORDER BY id`)).toEqual([
        { id: "1", a: "before", price: "2.50" },
        { id: "2", a: "still before", price: "1.99" },
      ]);
      await pair.onSource(`ALTER TABLE ${name} ADD COLUMN surprise int`);
      await expect(again.finished).rejects.toThrow(/ADD COLUMN surprise\), and the plan does not say/);
    });
  });

  describe("without the event trigger", () => {
    beforeAll(() =>
      pair.onSource(
        "ALTER EVENT TRIGGER strangler_note_changes DISABLE; COMMENT ON EVENT TRIGGER strangler_note_changes IS 'off'",
      ),
    );

    test("a new column that the plan wants stops the stream in front of its first row, never silently", async () => {
      const url = new URL(pair.addresses.source);
      await pair.onSource("CREATE ROLE plain LOGIN REPLICATION PASSWORD 'plain' IN ROLE pg_read_all_data");
      await pair.onSource("GRANT CREATE ON DATABASE postgres TO plain");
      url.username = "plain";
      url.password = "plain";
      const name = "unannounced";
      await pair.onSource(`CREATE TABLE ${name} (id int PRIMARY KEY, a text); ALTER TABLE ${name} OWNER TO plain`);
      await pair.onTarget(`CREATE TABLE ${name} (id int PRIMARY KEY, a text)`);
      const table = { ...sameTable(name, ["id"], ["id"]), others: "same-name" as const };
      const plan: StreamPlan = { ...planOf([table], name), onSchemaChange: "additive" };
      const addresses = { ...pair.addresses, source: url.href, capture: url.href };
      const stream = startStream({ plan, addresses, log: silent });
      running.push(stream);
      await pair.onSource(`INSERT INTO ${name} VALUES (1, 'x')`);
      await catchUp(pair, plan);
      await pair.onSource(`ALTER TABLE ${name} ADD COLUMN c int; INSERT INTO ${name} VALUES (2, 'y', 2)`);

      await expect(stream.finished).rejects.toThrow(
        /has a column "c" that the plan wants .*ALTER TABLE public.unannounced ADD COLUMN c/,
      );
      await pair.onTarget(`ALTER TABLE ${name} ADD COLUMN c int`);
      const again = startStream({ plan, addresses, log: silent });
      running.push(again);
      await catchUp(pair, plan);
      expect(await pair.onTarget(`SELECT c FROM ${name} ORDER BY id`)).toEqual([{ c: null }, { c: "2" }]);
    });
  });
});
