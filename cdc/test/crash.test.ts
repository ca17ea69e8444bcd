import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { readStreamStatus, startStream, type RunningStream, type StreamPlan } from "../src/index.ts";
import { catchUp, follow, planOf, sameTable, silent, startAgain, startPair, type Pair } from "./kit/pair.ts";
import { createLauncher, type StreamLauncher } from "./kit/stream-process.ts";

describe("a stream whose parts die", () => {
  let pair: Pair;
  let streams: StreamLauncher;
  let running: RunningStream | undefined;
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

  // Each test has a table and a stream of its own.
  beforeEach(async () => {
    table = `parcels_${(serial += 1)}`;
    plan = planOf([sameTable(table, ["id"], ["id", "weight", "note"])], `stream_${serial}`);
    const create = `CREATE TABLE ${table} (id int PRIMARY KEY, weight int NOT NULL, note text)`;
    await Promise.all([pair.onSource(create), pair.onTarget(create)]);
    running = undefined;
  });
  afterEach(async () => {
    await running?.close();
    await streams.killAll();
    await pair.onSource(`SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active`);
  });

  const fill = (from: number, to: number) =>
    pair.onSource(`INSERT INTO ${table} SELECT n, n, repeat('x', 200) FROM generate_series(${from}, ${to}) n`);
  const expectSame = async () => {
    const all = `SELECT count(*), md5(string_agg(t::text, '' ORDER BY id)) FROM ${table} AS t`;
    expect(await pair.onTarget(all)).toEqual(await pair.onSource(all));
  };

  test("completes its copy when it was killed in the middle of it", async () => {
    const more = `${table}_more`;
    for (const ask of [pair.onSource, pair.onTarget]) await ask(`CREATE TABLE ${more} (LIKE ${table} INCLUDING ALL)`);
    plan = planOf([...plan.tables, sameTable(more, ["id"], ["id", "weight", "note"])], plan.name);
    await fill(1, 1000);
    await pair.onSource(`INSERT INTO ${more} SELECT * FROM ${table}`);
    const blocker = hold(pair, `INSERT INTO ${more} VALUES (1, 1)`);
    await blocker.locked;
    const first = await streams.launch(plan);
    await first.waitForLine(/"table copied"/);
    await first.kill("SIGKILL");
    await waitFor(
      "the end of its lock",
      async () => (await readStreamStatus(plan, pair.addresses)).state === "interrupted",
    );
    await blocker.release();
    await pair.onSource(`UPDATE ${table} SET weight = 0 WHERE id % 10 = 0; DELETE FROM ${more} WHERE id < 10`);

    const second = await streams.launch(plan);
    await second.waitForState("following");

    await catchUp(pair, plan);
    await expectSame();
    expect(await pair.onTarget(`SELECT count(*) AS n FROM ${more}`)).toEqual([{ n: "991" }]);
  });

  test("goes on where it stood when it was killed while it followed", async () => {
    const first = await streams.launch(plan);
    await first.waitForState("following");
    const writing = (async () => {
      for (let round = 0; round < 60; round += 1) await fill(round * 1000, round * 1000 + 999);
    })();
    await waitFor("the first rows", async () => (await pair.onTarget(`SELECT 1 FROM ${table} LIMIT 1`)).length > 0);
    await first.kill("SIGKILL");

    const second = await streams.launch(plan);
    await writing;
    await second.waitForState("following");

    await catchUp(pair, plan);
    await expectSame();
  });

  test("ends with status 0 on SIGTERM, between two transactions", async () => {
    const stream = await streams.launch(plan);
    await stream.waitForState("following");
    await fill(1, 1000);

    await stream.kill("SIGTERM");

    expect(await stream.exited).toEqual({ status: 0, signal: null });
  });

  test("is refused a second time, in one sentence and with status 4", async () => {
    const first = await streams.launch(plan);
    await first.waitForState("following");

    const second = await streams.launch(plan);

    expect(await second.exited).toEqual({ status: 4, signal: null });
    expect(second.lines.at(-1)).toMatch(
      /^The stream "\w+" is already running \(server process \d+ .*stream stop \w+"\.$/,
    );
    await fill(1, 10);
    await catchUp(pair, plan);
    await expectSame();
  });

  test("waits for a source that crashed, and says so", async () => {
    running = await follow(pair, plan);
    await fill(1, 1000);
    await pair.source.stop("immediate");
    await waitFor("it to notice", () => running?.status().state === "waiting");
    expect(running.status().reason).toMatch(/The source|connection/);

    await startAgain(pair.source);
    await fill(1001, 2000);

    await waitFor("it to follow again", () => running?.status().state === "following", { limitMs: 20_000 });
    await catchUp(pair, plan);
    await expectSame();
  });

  test("waits for a target that crashed, and loses nothing of what was written meanwhile", async () => {
    running = await follow(pair, plan);
    await fill(1, 1000);
    await pair.target.stop("immediate");
    await fill(1001, 2000);
    await waitFor("it to notice", () => running?.status().state === "waiting");

    await startAgain(pair.target);

    await waitFor("it to follow again", () => running?.status().state === "following", { limitMs: 20_000 });
    await catchUp(pair, plan);
    await expectSame();
  });

  test("waits for databases that are not there when it starts", async () => {
    await pair.target.stop("immediate");
    const stream = await streams.launch(plan);
    await stream.waitForLine(/"interrupted, will try again"/);
    const said = stream.lines.find((line) => line.includes("will try again")) ?? "";
    expect(said).toMatch(/The target \\"shelf\\" does not answer at 127.0.0.1:\d+/);

    await startAgain(pair.target);
    await stream.waitForState("following");

    await fill(1, 10);
    await catchUp(pair, plan);
    await expectSame();
  });

  // kibae/pg-logical-replication#174: a client that acknowledges what it has received, not what is done, loses all that was
  // under way when it dies. Here the target refuses to commit, so nothing may be confirmed.
  test("never confirms what it has only received", async () => {
    const stream = await streams.launch(plan);
    await stream.waitForState("following");
    const blocker = hold(pair, `LOCK TABLE ${table}`);
    await blocker.locked;
    await fill(1, 1000);
    await waitFor(
      "the rows to be received",
      async () => {
        const status = await stream.status();
        return status !== undefined && status.lagBytes > 0 && status.lagMs > 3_000;
      },
      { limitMs: 20_000 },
    );
    await stream.kill("SIGKILL");
    await blocker.release();

    const [slot] = await pair.onSource(
      "SELECT confirmed_flush_lsn < pg_current_wal_lsn() AS behind FROM pg_replication_slots WHERE NOT active",
    );
    expect(slot).toEqual({ behind: "t" });
    const second = await streams.launch(plan);
    await second.waitForState("following");
    await catchUp(pair, plan);
    await expectSame();
  });

  test("lets the source forget its log while nothing of the stream happens there", async () => {
    running = await follow(pair, plan, { idleAdvanceMs: 100 });
    const before = await readStreamStatus(plan, pair.addresses);
    await pair.onSource("CREATE TABLE other (n int); INSERT INTO other SELECT generate_series(1, 10000)");
    const [end] = await pair.onSource("SELECT pg_current_wal_lsn() AS lsn");

    await waitFor("the slot to move on", async () => {
      const [row] = await pair.onSource("SELECT confirmed_flush_lsn >= $1 AS passed FROM pg_replication_slots", [
        end?.["lsn"],
      ]);
      return row?.["passed"] === "t";
    });

    const after = await readStreamStatus(plan, pair.addresses);
    expect(after.applied).not.toBe(before.applied);
    expect(running.status()).toMatchObject({ state: "following", lagMs: 0 });
  });

  test("holds a source back that is faster than the target, instead of taking all of it into memory", async () => {
    running = await follow(pair, plan, { waitingBytes: 256 * 1024, pieceBytes: 64 * 1024 });
    const before = process.memoryUsage().rss;
    const blocker = hold(pair, `LOCK TABLE ${table}`);
    await blocker.locked;
    await fill(1, 200_000);
    await waitFor("it to have received something", () => (running?.status().lagMs ?? 0) > 2_500);
    expect(process.memoryUsage().rss - before).toBeLessThan(60_000_000);
    await blocker.release();

    await catchUp(pair, plan);
    await expectSame();
  });

  test("refuses to go on when its slot is gone", async () => {
    running = await follow(pair, plan);
    await running.close();
    await pair.onSource(`SELECT pg_drop_replication_slot('strangler_${plan.name}')`);

    const again = startStream({ plan, addresses: pair.addresses, log: silent });

    await expect(again.finished).rejects.toThrow(/has no slot "strangler_\w+" any more.*stream stop \w+ --drop/);
  });

  test("refuses to go on when somebody moved its slot past its position", async () => {
    running = await follow(pair, plan);
    await running.close();
    await fill(1, 10);
    await pair.onSource(`SELECT pg_replication_slot_advance('strangler_${plan.name}', pg_current_wal_lsn())`);

    const again = startStream({ plan, addresses: pair.addresses, log: silent });

    await expect(again.finished).rejects.toThrow(/the slot was moved past the stream's position/);
  });

  test("does not write over a position that somebody else has moved", async () => {
    running = await follow(pair, plan);
    await pair.onTarget(`UPDATE strangler.stream_position SET applied = applied + 8 WHERE stream = '${plan.name}'`);
    await fill(1, 10);

    await expect(running.finished).rejects.toThrow(/position of the stream "\w+" was changed by somebody else/);
    expect(await pair.onTarget(`SELECT * FROM ${table}`)).toEqual([]);
  });
});

/** Keeps a transaction of somebody else's open on the target, with all that it has locked. */
function hold(pair: Pair, sql: string) {
  const key = Math.floor(Math.random() * 1e9);
  const done = pair.onTarget(`BEGIN; ${sql}; SELECT pg_advisory_lock(${key}); SELECT pg_sleep(60)`);
  done.catch(() => undefined);
  const holder = `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = ${key} AND granted`;
  return {
    locked: waitFor("the lock", async () => (await pair.onTarget(holder)).length > 0),
    release: async () => {
      await pair.onTarget(`SELECT pg_terminate_backend(pid) FROM (${holder}) AS h`);
    },
  };
}
