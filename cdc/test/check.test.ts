import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startOwnCluster } from "@strangler/test-kit";
import { checkStream, dropStream, startStream, type StreamPlan } from "../src/index.ts";
import { checkSource, checkVersion } from "../src/check/check-servers.ts";
import { catchUp, follow, planOf, sameTable, silent, startPair, type Pair } from "./kit/pair.ts";

type Tables = StreamPlan["tables"][number];

describe("what is checked before a stream runs", () => {
  let pair: Pair;
  let serial = 0;

  beforeAll(async () => {
    pair = await startPair();
    await pair.onSource(`
      CREATE TYPE mood AS ENUM ('sad');
      CREATE TABLE good (id int PRIMARY KEY, name text, cents int, gone timestamptz, state varchar(4));
      CREATE TABLE keyless (id int, name text);
      CREATE TABLE loose (id int UNIQUE, name text);
      CREATE TABLE hidden (id int PRIMARY KEY, name text);
      ALTER TABLE hidden REPLICA IDENTITY NOTHING;
      CREATE TABLE made (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED);
      CREATE TABLE moody (id int PRIMARY KEY, m mood);
      CREATE VIEW seen AS SELECT * FROM good`);
    await pair.onTarget(`
      CREATE TABLE good (id int PRIMARY KEY, name text UNIQUE, cents int, gone timestamptz, state varchar(4), price numeric(10,2), flag boolean);
      CREATE TABLE keyless (id int PRIMARY KEY, name text);
      CREATE TABLE loose (id int PRIMARY KEY, name text);
      CREATE TABLE hidden (id int PRIMARY KEY, name text);
      CREATE TABLE made (id int PRIMARY KEY, twice int);
      CREATE TABLE moody (id int PRIMARY KEY, m text);
      CREATE TABLE demanding (id int PRIMARY KEY, name text, colour text NOT NULL);
      CREATE TABLE computing (id int PRIMARY KEY, name text GENERATED ALWAYS AS ('x') STORED);
      CREATE TABLE later (id int, name text, UNIQUE (id) DEFERRABLE)`);
  });
  afterAll(() => pair.remove());

  const good = sameTable("good", ["id"], ["id", "name", "cents"]);
  const sentences = async (table: Tables) => {
    const problems = await checkStream(planOf([table], `check_${(serial += 1)}`), pair.addresses);
    return problems.map(({ sentence }) => sentence);
  };

  test("nothing is wrong with a good plan", async () => {
    expect(await sentences(good)).toEqual([]);
    expect(await sentences(sameTable("moody", ["id"], ["id", "m"]))).toEqual([]);
  });

  test.each<[string, Tables, RegExp]>([
    [
      "a table that is not there",
      { ...good, from: "public.goods" },
      /^The source has no table public.goods. Did you mean "public.good"\?$/,
    ],
    [
      "a target table that is not there",
      { ...good, to: "public.nothing_like_it" },
      /^The target has no table public.nothing_like_it. Create it, or correct the plan.$/,
    ],
    ["a view", { ...good, from: "public.seen" }, /^public.seen is no table; .*Name the tables behind it.$/],
    [
      "a column that is not there",
      { ...good, columns: { id: "id", name: "nam" } },
      /^The source's public.good has no column "nam". Did you mean "name"\? Mend the plan.$/,
    ],
    [
      "a target column that is not there",
      { ...good, columns: { id: "id", title: "name" } },
      /^The target's public.good has no column "title"/,
    ],
    [
      "a table without a primary key",
      sameTable("keyless", ["id"], ["id", "name"]),
      /^The source's public.keyless has no primary key, so its rows cannot be told apart. Give it one: ALTER TABLE public.keyless ADD PRIMARY KEY \(id\).$/,
    ],
    [
      "a key that does not name one row",
      { ...good, key: ["name"] },
      /^The source's public.good is not unique by "name", .* Use one of its keys: \(id\).$/,
    ],
    [
      "a key that may be null",
      sameTable("loose", ["id"], ["id", "name"]),
      /^The key of the source's public.loose may be null \("id"\). ALTER TABLE public.loose ALTER COLUMN id SET NOT NULL.$/,
    ],
    [
      "a target key that is not unique at once",
      { ...good, to: "public.later", columns: { id: "id", name: "name" } },
      /^The target's public.later has no primary key or unique index on exactly "id" that is not deferrable. CREATE UNIQUE INDEX/,
    ],
    [
      "a log that names no row",
      sameTable("hidden", ["id"], ["id", "name"]),
      /^The log of public.hidden does not name a row by "id": its replica identity is "nothing" .*REPLICA IDENTITY FULL/,
    ],
    [
      "a generated column",
      sameTable("made", ["id"], ["id", "twice"]),
      /^The column "twice" of public.made is generated, .* Map its expression/,
    ],
    [
      "a target column that computes itself",
      { ...good, to: "public.computing", columns: { id: "id", name: "name" } },
      /^The target's public.computing computes "name" itself. Leave it out of the plan.$/,
    ],
    [
      "a target column that would get no value",
      { ...good, to: "public.demanding", columns: { id: "id", name: "name" } },
      /^The target's public.demanding demands a value for "colour", and the plan gives none. Map it, or give it a default.$/,
    ],
    [
      "a type that the target's does not take",
      { ...good, columns: { id: "id", cents: "name" } },
      /^The target's "cents" of public.good cannot take "name" of public.good: column "cents" is of type integer but expression is of type text.$/,
    ],
    [
      "an expression of the wrong type",
      { ...good, columns: { id: "id", flag: { expression: "cents + 1", from: ["cents"] } } },
      /^The target's "flag" of public.good cannot take the expression cents \+ 1: /,
    ],
    [
      "an expression over a column that it does not declare",
      { ...good, columns: { id: "id", price: { expression: "cents / id", from: ["cents"] } } },
      /^The source does not understand "price" of public.good, cents \/ id: column "id" does not exist. It may use the columns it declares under `from`: cents.$/,
    ],
    [
      "a filter that is no condition",
      { ...good, columns: { id: "id" }, where: { expression: "cents", from: ["cents"] } },
      /^The target does not understand the filter of public.good: argument of WHERE must be type boolean, not type integer.$/,
    ],
    [
      "a filter over rows that the log does not carry whole",
      { ...good, where: { expression: "gone IS NULL", from: ["gone"] } },
      /^public.good is filtered, .*\("name"\). ALTER TABLE public.good REPLICA IDENTITY FULL.$/,
    ],
    [
      "an expression over several columns of which one may be left out",
      { ...good, columns: { id: "id", name: { expression: "name || cents", from: ["name", "cents"] } } },
      /^The expression for "name" of public.good reads several columns, .*\("name"\). ALTER TABLE public.good REPLICA IDENTITY FULL.$/,
    ],
  ])("%s is refused with its remedy", async (_what, table, expected) => {
    const found = await sentences(table);

    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
  });

  test("a short text never lies apart, so it may be filtered by and computed with", async () => {
    const columns = { id: "id", price: { expression: "cents / length(state)::numeric", from: ["cents", "state"] } };

    expect(await sentences({ ...good, columns, where: { expression: "state <> ''", from: ["state"] } })).toEqual([]);
  });

  test("every reason is told at once", async () => {
    const columns = { id: "id", title: "name", cents: "cent" };

    expect(await sentences({ ...good, columns })).toHaveLength(2);
  });

  test("a start is refused with all reasons and status 3", async () => {
    const plan = planOf([sameTable("keyless", ["id"], ["id", "name"])], "refused");
    const stream = startStream({ plan, addresses: pair.addresses, log: silent });

    await expect(stream.finished).rejects.toMatchObject({ code: "STREAM_NOT_POSSIBLE", exitCode: 3 });
    expect(stream.status()).toMatchObject({ state: "failed", reason: expect.stringContaining("has no primary key") });
  });

  test("tables that hold somebody else's rows are left alone", async () => {
    const plan = planOf([sameTable("loose", ["id"], ["id", "name"])], "polite");
    await pair.onSource(
      "ALTER TABLE loose ADD COLUMN pk int GENERATED ALWAYS AS IDENTITY PRIMARY KEY; ALTER TABLE loose ALTER id SET NOT NULL; ALTER TABLE loose REPLICA IDENTITY FULL",
    );
    await pair.onTarget("INSERT INTO loose VALUES (1, 'mine')");

    const refusal = { code: "STREAM_TARGET_NOT_EMPTY", exitCode: 5 };
    await expect(checkStream(plan, pair.addresses)).rejects.toMatchObject(refusal);
    await expect(startStream({ plan, addresses: pair.addresses, log: silent }).finished).rejects.toMatchObject(refusal);
    expect(await pair.onTarget("SELECT * FROM loose")).toEqual([{ id: "1", name: "mine" }]);
  });

  test("a database that does not answer is named, without its password", async () => {
    const addresses = { ...pair.addresses, apply: "postgres://me:secret@127.0.0.1:1/shelf" };

    const refusal = checkStream(planOf([good]), addresses);

    await expect(refusal).rejects.toThrow(/^The target "shelf" does not answer at 127.0.0.1:1\/shelf \(.*ECONNREFUSED/);
    await expect(refusal).rejects.not.toThrow(/secret/);
  });

  test("a wrong password is told from a server that is away", async () => {
    const address = new URL(pair.addresses.apply);
    address.password = "wrong";
    const refusal = checkStream(planOf([good]), { ...pair.addresses, apply: address.href });

    await expect(refusal).rejects.toThrow(/refuses this user or password/);
    await expect(refusal).rejects.toMatchObject({ exitCode: 4 });
  });

  describe("while it runs", () => {
    test("a column that is renamed stops it in one sentence; it goes on when the plan is mended, and nothing is lost", async () => {
      await pair.onSource("CREATE TABLE renamed (id int PRIMARY KEY, name text, rest int)");
      await pair.onTarget("CREATE TABLE renamed (id int PRIMARY KEY, title text, rest int)");
      const table = { ...sameTable("renamed", ["id"], []), columns: { id: "id", title: "name", rest: "rest" } };
      const plan = planOf([table], "renaming");
      const stream = await follow(pair, plan);
      await pair.onSource("INSERT INTO renamed VALUES (1, 'before')");
      await pair.onSource("ALTER TABLE renamed RENAME name TO label");
      await pair.onSource("INSERT INTO renamed VALUES (2, 'after')");

      await expect(stream.finished).rejects.toThrow(
        /^The source changed public.renamed \(RENAME COLUMN name TO label\), and the plan reads "name". Everything before was applied, nothing is lost. Write "label"/,
      );
      await expect(stream.finished).rejects.toMatchObject({ exitCode: 3 });
      expect(await pair.onTarget("SELECT id, title FROM renamed")).toEqual([{ id: "1", title: "before" }]);

      const mended = planOf([{ ...table, columns: { ...table.columns, title: "label" } }], "renaming");
      const again = await follow(pair, mended);
      await catchUp(pair, mended);
      expect(await pair.onTarget("SELECT id, title FROM renamed ORDER BY id")).toEqual([
        { id: "1", title: "before" },
        { id: "2", title: "after" },
      ]);
      await again.close();
    });

    test("a column that vanishes stops it, and what was written after comes when the plan does without it", async () => {
      for (const ask of [pair.onSource, pair.onTarget])
        await ask("CREATE TABLE shrinking (id int PRIMARY KEY, a text, b text)");
      const plan = planOf([sameTable("shrinking", ["id"], ["id", "a", "b"])], "shrinking");
      const stream = await follow(pair, plan);
      await pair.onSource("INSERT INTO shrinking VALUES (1, 'a', 'b')");
      await pair.onSource("ALTER TABLE shrinking DROP COLUMN b");
      await pair.onSource("INSERT INTO shrinking VALUES (2, 'c')");
      await expect(stream.finished).rejects.toThrow(
        /The source changed public.shrinking \(DROP COLUMN b\), and the plan needs "b"/,
      );
      await expect(startStream({ plan, addresses: pair.addresses, log: silent }).finished).rejects.toThrow(
        /has no column "b"/,
      );

      const mended = planOf([sameTable("shrinking", ["id"], ["id", "a"])], "shrinking");
      const again = await follow(pair, mended);
      await catchUp(pair, mended);
      expect(await pair.onTarget("SELECT id, a FROM shrinking ORDER BY id")).toEqual([
        { id: "1", a: "a" },
        { id: "2", a: "c" },
      ]);
      await again.close();
    });

    test("columns that the plan does not need may come, go and change as they like", async () => {
      for (const ask of [pair.onSource, pair.onTarget]) await ask("CREATE TABLE growing (id int PRIMARY KEY, a text)");
      const plan = {
        ...planOf([sameTable("growing", ["id"], ["id", "a"])], "growing"),
        onSchemaChange: "additive" as const,
      };
      const stream = await follow(pair, plan);
      await pair.onSource(
        "BEGIN; INSERT INTO growing VALUES (1, 'a'); ALTER TABLE growing ADD COLUMN x int; INSERT INTO growing (x, a, id) VALUES (5, 'b', 2); COMMIT",
      );
      await pair.onSource("ALTER TABLE growing DROP COLUMN x; UPDATE growing SET a = 'c' WHERE id = 2");

      await catchUp(pair, plan);
      expect(await pair.onTarget("SELECT * FROM growing ORDER BY id")).toEqual([
        { id: "1", a: "a" },
        { id: "2", a: "c" },
      ]);
      await stream.close();
    });

    test("a column whose type changes stops it, and a start goes on where the target takes the new one", async () => {
      for (const ask of [pair.onSource, pair.onTarget])
        await ask("CREATE TABLE widening (id int PRIMARY KEY, n bigint)");
      await pair.onSource("ALTER TABLE widening ALTER n TYPE int");
      const plan = planOf([sameTable("widening", ["id"], ["id", "n"])], "widening");
      const stream = await follow(pair, plan);
      await pair.onSource("INSERT INTO widening VALUES (1, 1)");
      await pair.onSource("ALTER TABLE widening ALTER n TYPE bigint");
      await pair.onSource("INSERT INTO widening VALUES (2, 5000000000)");
      await expect(stream.finished).rejects.toThrow(/which was integer and is bigint now/);

      const again = await follow(pair, plan);
      await catchUp(pair, plan);
      expect(await pair.onTarget("SELECT * FROM widening ORDER BY id")).toEqual([
        { id: "1", n: "1" },
        { id: "2", n: "5000000000" },
      ]);
      await again.close();
    });

    test("a value that the target does not take stops it with table and key where nothing may be parked", async () => {
      await pair.onSource("CREATE TABLE picky (id int PRIMARY KEY, name text)");
      await pair.onTarget("CREATE TABLE picky (id int PRIMARY KEY, name varchar(5))");
      const plan = planOf([sameTable("picky", ["id"], ["id", "name"])], "picky");
      const stream = await follow(pair, plan, { parkedTransactions: 0 });
      await pair.onSource(
        "BEGIN; INSERT INTO picky VALUES (1, 'short'); INSERT INTO picky VALUES (2, 'far too long'); COMMIT",
      );

      await expect(stream.finished).rejects.toThrow(
        /^public.picky does not take the row with id = 2: value too long for type character varying\(5\). .*nothing is lost/,
      );
      expect(await pair.onTarget("SELECT * FROM picky")).toEqual([]);

      await pair.onTarget("ALTER TABLE picky ALTER name TYPE varchar(20)");
      const again = await follow(pair, plan);
      await catchUp(pair, plan);
      expect(await pair.onTarget("SELECT * FROM picky")).toHaveLength(2);
      await again.close();
    });

    test("a row that is gone and that the log does not carry whole is noted for repair, never skipped silently", async () => {
      const create = "CREATE TABLE hollow (id int PRIMARY KEY, n int, large text STORAGE EXTERNAL)";
      for (const ask of [pair.onSource, pair.onTarget]) await ask(create);
      await pair.onSource(
        "INSERT INTO hollow SELECT n, n, repeat(md5(random()::text), 500) FROM generate_series(1, 3) n",
      );
      const plan = planOf([sameTable("hollow", ["id"], ["id", "n", "large"])], "hollow");
      const stream = await follow(pair, plan);
      await pair.onTarget("DELETE FROM hollow WHERE id = 2");
      await pair.onSource("UPDATE hollow SET n = n + 1");

      await catchUp(pair, plan);
      expect(await pair.onTarget("SELECT n FROM hollow WHERE id <> 2 ORDER BY id")).toEqual([{ n: "2" }, { n: "4" }]);
      expect(stream.status()).toMatchObject({ state: "following", awaitingRepair: 1 });
      await stream.close();
    });

    test("a table that leaves its publication is noticed, and the plan may do without it", async () => {
      for (const ask of [pair.onSource, pair.onTarget]) {
        await ask("CREATE TABLE first (id int PRIMARY KEY); CREATE TABLE second (id int PRIMARY KEY)");
      }
      const both = planOf([sameTable("first", ["id"], ["id"]), sameTable("second", ["id"], ["id"])], "leaving");
      const stream = await follow(pair, both);
      await pair.onSource("ALTER PUBLICATION strangler_leaving DROP TABLE second");

      await expect(stream.finished).rejects.toThrow(
        /^The source does not publish public.second for the stream "leaving" any more/,
      );
      await expect(startStream({ plan: both, addresses: pair.addresses, log: silent }).finished).rejects.toMatchObject({
        exitCode: 4,
      });

      const one = planOf([sameTable("first", ["id"], ["id"])], "leaving");
      const again = await follow(pair, one);
      await again.close();
    });

    test("a stream that is dropped leaves no slot, publication or position behind", async () => {
      for (const ask of [pair.onSource, pair.onTarget]) await ask("CREATE TABLE dropped (id int PRIMARY KEY)");
      const plan = planOf([sameTable("dropped", ["id"], ["id"])], "dropped");
      const stream = await follow(pair, plan);
      await expect(dropStream(plan, pair.addresses)).rejects.toMatchObject({ code: "STREAM_BUSY" });
      await stream.close();
      await dropStream(plan, pair.addresses);

      expect(await pair.onSource("SELECT 1 FROM pg_replication_slots WHERE slot_name = 'strangler_dropped'")).toEqual(
        [],
      );
      expect(await pair.onSource("SELECT 1 FROM pg_publication WHERE pubname = 'strangler_dropped'")).toEqual([]);
      expect(await pair.onTarget("SELECT 1 FROM strangler.stream_position WHERE stream = 'dropped'")).toEqual([]);
    });
  });
});

describe("a server that a stream cannot run on", () => {
  const facts = {
    version: 180_000,
    versionLabel: "18.0",
    walLevel: "logical",
    role: "capture",
    mayReplicate: true,
    slots: { used: 1, limit: 10, ours: false },
    senders: { used: 1, limit: 10 },
  };

  test("is named with its remedy", () => {
    expect(checkSource(facts)).toEqual([]);
    expect(checkSource({ ...facts, mayReplicate: false })[0]?.sentence).toMatch(/ALTER ROLE "capture" REPLICATION/);
    expect(checkSource({ ...facts, slots: { used: 10, limit: 10, ours: false } })[0]?.sentence).toMatch(
      /All 10 replication slots .*max_replication_slots/,
    );
    expect(checkSource({ ...facts, slots: { used: 10, limit: 10, ours: true } })).toEqual([]);
    expect(checkSource({ ...facts, senders: { used: 10, limit: 10 } })[0]?.sentence).toMatch(/max_wal_senders/);
    expect(checkVersion("target", { version: 140_011, versionLabel: "14.11" })[0]?.sentence).toMatch(
      /PostgreSQL 14.11, and 15 is the oldest/,
    );
  });

  test("is one whose log is not logical", async () => {
    const cluster = await startOwnCluster({ settings: { wal_level: "replica" } });
    const url = cluster.url("postgres");
    const addresses = { source: url, target: url, capture: url, apply: url };

    const problems = await checkStream(planOf([sameTable("pg_none", ["id"], ["id"])]), addresses);

    expect(problems.map(({ sentence }) => sentence)).toContainEqual(
      expect.stringMatching(
        /wal_level is "replica", and a stream needs "logical". ALTER SYSTEM SET wal_level = logical/,
      ),
    );
    await cluster.remove();
  });
});
