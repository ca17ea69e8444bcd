// While tables are a copy, nobody but the stream writes them: refused, or counted, whatever way the write takes.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { PostgresVersion } from "@strangler/test-kit";
import pg from "pg";
import {
  dropStream,
  listForeignWrites,
  preflight,
  readGuard,
  switchGuard,
  type RunningStream,
  type StreamPlan,
} from "../src/index.ts";
import { withSession } from "../src/postgres/session.ts";
import { catchUp, follow, planOf, sameTable, startPair, type Pair } from "./kit/pair.ts";

describe.each<PostgresVersion>([18, 15])("the target of a stream, on PostgreSQL %i", (version) => {
  let pair: Pair;
  let stream: RunningStream;

  const plan: StreamPlan = {
    ...planOf([
      sameTable("parcels", ["id"], ["id", "label"]),
      sameTable("scans", ["id", "day"], ["id", "day", "parcel"]),
    ]),
    guard: "refuse",
  };
  const tables = `
    CREATE TABLE parcels (id int PRIMARY KEY, label text);
    CREATE TABLE scans (id int, day int, parcel int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
    CREATE TABLE scans_1 PARTITION OF scans FOR VALUES FROM (0) TO (10);
    CREATE TABLE scans_2 PARTITION OF scans FOR VALUES FROM (10) TO (20)`;

  beforeAll(async () => {
    pair = await startPair({ source: version, target: version });
    for (const ask of [pair.onSource, pair.onTarget]) await ask(tables);
    await pair.onTarget(
      "CREATE TABLE owners (id int PRIMARY KEY); INSERT INTO owners VALUES (1); CREATE TABLE audit (what text)",
    );
    await pair.onSource("INSERT INTO parcels VALUES (1, 'one')");
    stream = await follow(pair, plan);
  });
  afterAll(async () => {
    await stream.close();
    await pair.remove();
  });

  const onTarget = <Result>(use: Parameters<typeof withSession<Result>>[1]) =>
    withSession({ url: pair.addresses.target, what: "the target", application: "a service" }, use);

  test.each([
    ["an insert", "INSERT INTO parcels VALUES (9, 'mine')"],
    ["an update that finds nothing", "UPDATE parcels SET label = 'x' WHERE id = 12345"],
    ["a delete", "DELETE FROM parcels"],
    ["a TRUNCATE", "TRUNCATE parcels"],
    ["a write straight into a partition", "INSERT INTO scans_1 VALUES (1, 1, 1)"],
    ["a write through the partitioned table", "INSERT INTO scans VALUES (1, 1, 1)"],
    ["a write as a replica", "SET session_replication_role = replica; INSERT INTO parcels VALUES (9, 'mine')"],
    ["a write inside a function", "DO $$ BEGIN DELETE FROM parcels; END $$"],
  ])("refuses %s, and says whose copy it is", async (_what, sql) => {
    await expect(pair.onTarget(sql)).rejects.toMatchObject({
      code: "42501",
      message: expect.stringMatching(
        /^public\.\w+ is a copy that the stream "parcels" keeps, so nobody else may write it$/,
      ),
      hint: expect.stringContaining("guard: observe"),
    });
  });

  test("refuses a COPY", async () => {
    const client = new pg.Client(pair.addresses.target);
    client.on("error", () => undefined);
    await client.connect();
    await expect(client.query("COPY parcels FROM STDIN")).rejects.toMatchObject({ code: "42501" });
    await client.end();
  });

  test("lets the stream write, its triggers that are meant to fire always, and readers read", async () => {
    await pair.onTarget(`CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit VALUES (TG_OP); RETURN NULL; END $$;
      CREATE TRIGGER always AFTER INSERT ON parcels FOR EACH ROW EXECUTE FUNCTION note(); ALTER TABLE parcels ENABLE ALWAYS TRIGGER always;
      CREATE TRIGGER origin AFTER INSERT ON parcels FOR EACH ROW EXECUTE FUNCTION note()`);
    await pair.onSource(
      "INSERT INTO parcels VALUES (2, 'two'); INSERT INTO scans VALUES (1, 1, 1), (1, 15, 1); UPDATE scans SET day = 3 WHERE day = 15",
    );
    await catchUp(pair, plan);

    expect(await pair.onTarget("SELECT id FROM parcels ORDER BY id")).toEqual([{ id: "1" }, { id: "2" }]);
    expect(await pair.onTarget("SELECT day FROM scans ORDER BY day")).toEqual([{ day: "1" }, { day: "3" }]);
    expect(await pair.onTarget("SELECT what FROM audit")).toEqual([{ what: "INSERT" }]);
  });

  test("is switched at once, also for a transaction whose snapshot is older than the switch", async () => {
    await onTarget((session) => switchGuard(session, plan.name, "open"));
    await onTarget(async (early) => {
      await early.query("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM parcels");
      await onTarget((session) => switchGuard(session, plan.name, "refuse"));
      await expect(early.query("INSERT INTO parcels VALUES (9, 'late')")).rejects.toMatchObject({ code: "42501" });
      await early.query("ROLLBACK");
    });
  });

  test("stays open over a restart when it was opened, whatever the plan says", async () => {
    await onTarget((session) => switchGuard(session, plan.name, "open"));
    await stream.close();
    stream = await follow(pair, plan);

    await pair.onTarget("INSERT INTO parcels VALUES (77, 'written here'); DELETE FROM parcels WHERE id = 77");
    await onTarget((session) => switchGuard(session, plan.name, "refuse"));
  });

  test("counts who writes when it only observes, and guards a partition that is new", async () => {
    await stream.close();
    await pair.onTarget("CREATE TABLE scans_3 PARTITION OF scans FOR VALUES FROM (20) TO (30)");
    stream = await follow(pair, { ...plan, guard: "observe" });

    await onTarget(async (session) => {
      await session.query("INSERT INTO parcels VALUES (50, 'foreign')");
      await session.query("INSERT INTO parcels VALUES (51, 'foreign')");
      await session.query("DELETE FROM parcels WHERE id >= 50");
      await session.query("INSERT INTO scans_3 VALUES (1, 25, 1)");
    });
    await pair.onSource("INSERT INTO parcels VALUES (3, 'three')");
    await catchUp(pair, plan);

    const found = await onTarget((session) => listForeignWrites(session, plan.name));
    expect(found.map(({ table, application, op, statements }) => [table, application, op, statements])).toEqual([
      ["public.parcels", "a service", "DELETE", 1],
      ["public.parcels", "a service", "INSERT", 2],
      ["public.scans_3", "a service", "INSERT", 1],
    ]);
  });

  test("is left to the tables' owner where the stream may not put it there, with the SQL for it", async () => {
    await pair.onTarget(`CREATE TABLE foreign_one (id int PRIMARY KEY, label text); CREATE ROLE lesser LOGIN PASSWORD 'secret';
      GRANT ALL ON foreign_one TO lesser; GRANT SET ON PARAMETER session_replication_role TO lesser`);
    const url = new URL(pair.addresses.target);
    url.username = "lesser";
    url.password = "secret";
    const other: StreamPlan = {
      ...plan,
      name: "other",
      tables: [{ ...sameTable("parcels", ["id"], ["id", "label"]), to: "public.foreign_one" }],
    };

    const { advice } = await preflight(other, { ...pair.addresses, target: url.href, apply: url.href });
    expect(advice.find(({ check }) => check === "guard")?.sql).toMatch(
      /CREATE TRIGGER strangler_guard BEFORE .* ON "public"."foreign_one"/,
    );
    expect((await preflight(other, pair.addresses)).advice.filter(({ check }) => check === "guard")).toEqual([]);
  });

  test("is nobody's any more when the stream is removed", async () => {
    await stream.close();
    await dropStream(plan, pair.addresses);

    expect(await onTarget((session) => readGuard(session, plan.name))).toBeUndefined();
    expect(await pair.onTarget("SELECT tgname FROM pg_trigger WHERE tgname = 'strangler_guard'")).toEqual([]);
    await pair.onTarget("INSERT INTO parcels VALUES (1000, 'mine now')");
  });
});
