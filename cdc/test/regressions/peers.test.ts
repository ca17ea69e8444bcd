// Ways in which other tools have lost data or filled a disk, as their own trackers tell; each is done to ours.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import pg from "pg";
import { LogicalReplicationService, PgoutputPlugin } from "pg-logical-replication";
import { startStream, type RunningStream, type StreamPlan } from "../../src/index.ts";
import { catchUp, follow, planOf, sameTable, silent, startPair, type Pair } from "../kit/pair.ts";
import { createLauncher, type StreamLauncher } from "../kit/stream-process.ts";

describe("what has happened to others", () => {
  let pair: Pair;
  let streams: StreamLauncher;
  let running: RunningStream | undefined;
  let clients: pg.Client[];
  let plan: StreamPlan;
  let table = "";
  let serial = 0;

  beforeAll(async () => {
    pair = await startPair({}, { wal_sender_timeout: "2s" });
    streams = await createLauncher(pair.addresses);
  });
  afterAll(async () => {
    await streams.close();
    await pair.remove();
  });
  beforeEach(async () => {
    table = `ledger_${(serial += 1)}`;
    plan = planOf([sameTable(table, ["id"], ["id", "amount"])], table);
    for (const ask of [pair.onSource, pair.onTarget]) {
      await ask(`CREATE TABLE ${table} (id int PRIMARY KEY, amount int NOT NULL)`);
    }
    running = undefined;
    clients = [];
  });
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
    await running?.close();
    await streams.killAll();
    await waitFor("the slots to be free", async () => {
      const held = await pair.onSource("SELECT 1 FROM pg_replication_slots WHERE active");
      return held.length === 0;
    });
    await pair.onSource("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots");
  });

  const open = async (url: string) => {
    const client = new pg.Client({ connectionString: url });
    client.on("error", () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };
  const openSource = () => open(pair.source.url("postgres"));
  const openTarget = () => open(pair.target.url("postgres"));
  const fill = (from: number, to: number, into = table) =>
    pair.onSource(`INSERT INTO ${into} SELECT n, n FROM generate_series(${from}, ${to}) AS n`);
  const rows = (ask: Pair["onSource"], of = table) =>
    ask(`SELECT count(*), md5(coalesce(string_agg(t::text, ',' ORDER BY id), '')) FROM ${of} AS t`);
  const expectSame = async (of = table) => expect(await rows(pair.onTarget, of)).toEqual(await rows(pair.onSource, of));
  const logEnd = async () => (await pair.onSource("SELECT pg_current_wal_lsn() AS lsn"))[0]?.["lsn"] ?? "";
  const isConfirmed = async (slot: string, lsn: string) => {
    const sql = "SELECT confirmed_flush_lsn >= $2::pg_lsn AS passed FROM pg_replication_slots WHERE slot_name = $1";
    return (await pair.onSource(sql, [slot, lsn]))[0]?.["passed"] === "t";
  };
  const slot = () => `strangler_${plan.name}`;

  // debezium/debezium#7760: a transaction that was in progress at a restart, and had begun before the position, was lost.
  test("debezium 7760: a transaction that was open while the stream died comes whole", async () => {
    const first = await streams.launch(plan);
    await first.waitForState("following");
    const writer = await openSource();
    await writer.query(`BEGIN; INSERT INTO ${table} SELECT n, n FROM generate_series(1, 50) AS n`);
    // Its beginning lies far behind the position from which the next process goes on.
    await fill(1_000, 1_999);
    await catchUp(pair, plan);
    await first.kill("SIGKILL");
    await writer.query(`INSERT INTO ${table} SELECT n, n FROM generate_series(51, 100) AS n`);
    const second = await streams.launch(plan);
    await second.waitForState("following");
    await fill(2_000, 2_099);
    await catchUp(pair, plan);

    await writer.query("COMMIT");

    await catchUp(pair, plan);
    expect(await pair.onTarget(`SELECT count(*) AS n FROM ${table} WHERE id <= 100`)).toEqual([{ n: "100" }]);
    await expectSame();
  });

  // debezium/debezium#7531: rows of one statement (COPY, multi-row INSERT) share a position in the log; what remembered only that
  // position skipped the rest of them after a restart in between.
  test.each([
    ["one INSERT", (of: string) => `INSERT INTO ${of} SELECT n, n FROM generate_series(1, 40000) AS n`],
    ["COPY", (of: string) => `COPY ${of} FROM PROGRAM 'seq -f "%.0f,7" 1 40000' WITH (FORMAT csv)`],
  ])(
    "debezium 7531: rows of %s that share a position all come, once, over a kill in their middle",
    async (_, write) => {
      const first = await streams.launch(plan);
      await first.waitForState("following");
      const written = pair.onSource(write(table));
      // The target is in the middle of the transaction, and has not committed it.
      const atWork = `SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'strangler%' AND backend_xid IS NOT NULL`;
      await waitFor("the target to be at work", async () => (await pair.onTarget(atWork)).length > 0, { everyMs: 2 });
      await first.kill("SIGKILL");
      await written;
      const [before] = await pair.onTarget(`SELECT count(*) AS n FROM ${table}`);
      expect(["0", "40000"]).toContain(before?.["n"]);

      const second = await streams.launch(plan);

      await second.waitForState("following");
      await catchUp(pair, plan);
      expect(await pair.onTarget(`SELECT count(*) AS n FROM ${table}`)).toEqual([{ n: "40000" }]);
      await expectSame();
    },
  );

  // debezium/dbz#2330: the readers of a parallel snapshot ran on pooled connections that were not pinned to the exported snapshot, so a
  // table that was read later showed newer rows than one that was read earlier.
  test("dbz 2330: every reader of a parallel copy sees the one exported snapshot", async () => {
    const large = `${table}_large`;
    const later = `${table}_later`;
    for (const ask of [pair.onSource, pair.onTarget]) {
      for (const name of [large, later]) await ask(`CREATE TABLE ${name} (LIKE ${table} INCLUDING ALL)`);
    }
    const tables = [table, large, later].map((name) => sameTable(name, ["id"], ["id", "amount"]));
    plan = planOf(tables, plan.name);
    await fill(1, 300_000);
    await fill(1, 300_000, large);
    await fill(1, 100, later);
    running = startStream({ plan, addresses: pair.addresses, log: silent, limits: { copyWorkers: 2 } });
    running.finished.catch(() => undefined);
    const atWork = "SELECT 1 FROM pg_stat_progress_copy WHERE tuples_processed > 0";
    await waitFor("both readers to be at work", async () => (await pair.onTarget(atWork)).length === 2, {
      limitMs: 20_000,
      everyMs: 2,
    });

    // Only in what is not read yet.
    await fill(101, 150, later);
    await pair.onSource(`DELETE FROM ${later} WHERE id <= 10`);

    await waitFor("the stream to follow", () => running?.status().state === "following", { limitMs: 30_000 });
    const copied = running.status().copied.find((each) => each.table.endsWith(later));
    expect(Number(copied?.rows)).toBe(100);
    await catchUp(pair, plan);
    await expectSame(later);
  });

  // kibae/pg-logical-replication#174: with automatic acknowledging off, its timer acknowledges what was received all the same.
  test("pg-logical-replication 174: the peer confirms what nobody has acknowledged, and loses it", async () => {
    const publication = `peer_${serial}`;
    await pair.onSource(`CREATE PUBLICATION ${publication} FOR TABLE ${table}`);
    await pair.onSource("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [publication]);
    const peer = await readWithPeer(publication);
    await fill(1, 10);
    await waitFor("the peer to receive the rows", () => peer.inserts() === 10);
    const end = await logEnd();

    await waitFor("its slot to move past them", () => isConfirmed(publication, end), { limitMs: 20_000 });

    await peer.stop();
    const again = await readWithPeer(publication);
    await fill(11, 11);
    await waitFor("the next row", () => again.inserts() > 0);
    // Nothing of the ten comes again, although nobody has ever said that they were done.
    expect(again.inserts()).toBe(1);
    await again.stop();
    await pair.onSource(`DROP PUBLICATION ${publication}`);
  });

  test("pg-logical-replication 174: ours confirms nothing that the target has not committed, and loses nothing", async () => {
    const first = await streams.launch(plan);
    await first.waitForState("following");
    const blocker = await openTarget();
    await blocker.query(`BEGIN; LOCK TABLE ${table}`);
    await fill(1, 10);
    const end = await logEnd();
    await waitFor("the rows to wait", async () => ((await first.status())?.lagMs ?? 0) > 3_000, { limitMs: 20_000 });

    expect(await isConfirmed(slot(), end)).toBe(false);

    await first.kill("SIGKILL");
    await blocker.query("ROLLBACK");
    const second = await streams.launch(plan);
    await second.waitForState("following");
    await catchUp(pair, plan);
    expect(await pair.onTarget(`SELECT count(*) AS n FROM ${table}`)).toEqual([{ n: "10" }]);
  });

  // spiceai/spiceai#11582: a transaction of which nothing was for the stream was acknowledged at once, and with it an earlier one that
  // was not done yet.
  test("spiceai 11582: empty and foreign transactions confirm nothing past one that is not done", async () => {
    await pair.onSource(`CREATE TABLE elsewhere_${serial} (n int)`);
    const first = await streams.launch(plan);
    await first.waitForState("following");
    const blocker = await openTarget();
    await blocker.query(`BEGIN; LOCK TABLE ${table}`);
    await fill(1, 10);
    const end = await logEnd();
    for (let round = 0; round < 20; round += 1) {
      await pair.onSource(`INSERT INTO elsewhere_${serial} SELECT generate_series(1, 500)`);
      await pair.onSource(`BEGIN; INSERT INTO ${table} VALUES (${1_000 + round}, 1); ROLLBACK`);
      await pair.onSource("SELECT pg_logical_emit_message(false, 'somebody else', 'nothing')");
    }
    await waitFor("keepalives from behind them", async () => ((await first.status())?.lagMs ?? 0) > 2_500, {
      limitMs: 20_000,
    });

    expect(await isConfirmed(slot(), end)).toBe(false);

    await first.kill("SIGKILL");
    await blocker.query("ROLLBACK");
    const second = await streams.launch(plan);
    await second.waitForState("following");
    await catchUp(pair, plan);
    await expectSame();
    await waitFor("the position to pass the foreign ones, too", () => isConfirmed(slot(), end), { limitMs: 20_000 });
  });

  // pgjdbc/pgjdbc#1328: a stream whose tables are idle kept the log of all others for ever, in the same database or another one.
  test("pgjdbc 1328: an idle stream lets the source forget the log of everybody else", async () => {
    running = await follow(pair, plan, { idleAdvanceMs: 200 });
    await pair.onSource(`CREATE DATABASE other_${serial}`);
    const other = await open(pair.source.url(`other_${serial}`));
    await other.query("CREATE TABLE busy (n int, filler text)");
    for (let round = 0; round < 5; round += 1) {
      await other.query("INSERT INTO busy SELECT n, repeat('x', 500) FROM generate_series(1, 5000) AS n");
    }
    const end = await logEnd();

    await waitFor("the slot to pass it", () => isConfirmed(slot(), end), { limitMs: 20_000 });

    const [kept] = await pair.onSource(
      "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn) < 16 * 1024 * 1024 AS little FROM pg_replication_slots",
    );
    expect(kept).toEqual({ little: "t" });
  });

  async function readWithPeer(publication: string) {
    const service = new LogicalReplicationService(
      { connectionString: pair.source.url("postgres") },
      { acknowledge: { auto: false, timeoutSeconds: 1 } },
    );
    let inserts = 0;
    service.on("data", (_lsn: string, message: { tag: string }) => {
      if (message.tag === "insert") inserts += 1;
    });
    service.on("error", () => undefined);
    const started = new Promise<void>((resolve) => service.on("start", () => resolve()));
    const plugin = new PgoutputPlugin({ protoVersion: 1, publicationNames: [publication] });
    service.subscribe(plugin, publication).catch(() => undefined);
    await started;
    return { inserts: () => inserts, stop: () => service.destroy() };
  }
});
