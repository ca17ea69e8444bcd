// Transactions that do not come whole at their commit: those that outgrow the server's memory and are sent while they run, and those
// that are prepared first. The scenarios are those of PostgreSQL's own tests of subscriptions: 015 to 019, and 021 to 023.
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import type { PostgresVersion } from "@strangler/test-kit";
import pg from "pg";
import { slotName, type RunningStream, type StreamPlan } from "../src/index.ts";
import { catchUp, follow, planOf, sameTable, startPair, type Pair } from "./kit/pair.ts";

// A row of 200 bytes: some hundred of them are more than the 64 kB that the server keeps in memory.
const FILL = "repeat(md5(random()::text), 6)";

describe.each<PostgresVersion>([15, 18])("from PostgreSQL %i, a transaction", (version) => {
  let pair: Pair;
  let stream: RunningStream;
  const sessions: pg.Client[] = [];
  const plan: StreamPlan = {
    ...planOf([
      sameTable("parcels", ["id"], ["id", "label", "note"]),
      sameTable("ledger", ["id"], ["id", "label"]),
      sameTable("crates", ["id"], ["id", "label"]),
    ]),
    onSchemaChange: "additive",
  };

  beforeAll(async () => {
    pair = await startPair(
      { source: version },
      { logical_decoding_work_mem: "64kB", max_prepared_transactions: 20, wal_sender_timeout: "3s" },
    );
    const tables = `CREATE TABLE parcels (id int PRIMARY KEY, label text, note text);
      CREATE TABLE ledger (id int PRIMARY KEY, label text); CREATE TABLE crates (id int PRIMARY KEY, label text)`;
    await Promise.all([pair.onSource(tables), pair.onTarget(tables)]);
    await pair.onSource("INSERT INTO parcels VALUES (1, 'first', NULL)");
    stream = await follow(pair, plan, { pieceChanges: 300 });
  });
  afterEach(async () => {
    await Promise.all(sessions.splice(0).map((session) => session.end()));
  });
  afterAll(async () => {
    await stream.close();
    await pair.remove();
  });

  /** A session that keeps its transaction open between statements. */
  const session = async () => {
    const client = new pg.Client({ connectionString: pair.addresses.source });
    client.on("error", () => undefined);
    sessions.push(client);
    await client.connect();
    return (sql: string) => client.query(sql);
  };
  const expectSame = async () => {
    await catchUp(pair, plan);
    for (const table of ["parcels", "ledger", "crates"]) {
      const sum = `SELECT count(*), sum(hashtextextended((id, label)::text, 0)) FROM ${table}`;
      expect([table, ...(await pair.onTarget(sum))]).toEqual([table, ...(await pair.onSource(sum))]);
    }
  };
  const restart = async (meanwhile: () => Promise<unknown> = async () => undefined) => {
    await stream.close();
    await meanwhile();
    stream = await follow(pair, plan, { pieceChanges: 300 });
  };
  const streamedSoFar = async () => {
    const rows = await pair.onSource(
      "SELECT stream_count FROM pg_stat_replication_slots WHERE slot_name = $1 AND stream_bytes > 0",
      [slotName(plan.name)],
    );
    return Number(rows[0]?.["stream_count"] ?? 0);
  };
  const kept = async (what: "running" | "prepared", count: number) =>
    waitFor(`${count} to be kept`, () => stream.status().spooled?.[what] === count);

  test("that outgrows the server's memory arrives whole, beside others that run at the same time (015)", async () => {
    const [one, other] = [await session(), await session()];
    await one("BEGIN");
    await other("BEGIN");
    for (let part = 0; part < 4; part += 1) {
      await one(
        `INSERT INTO parcels SELECT n, 'one', ${FILL} FROM generate_series(${1000 + part * 1000}, ${1999 + part * 1000}) n`,
      );
      await other(
        `INSERT INTO parcels SELECT n, 'other', ${FILL} FROM generate_series(${10_000 + part * 1000}, ${10_999 + part * 1000}) n`,
      );
      await pair.onSource(`INSERT INTO ledger VALUES (${part}, 'while they run')`);
    }
    await kept("running", 2);
    await expectSame();
    await one("UPDATE parcels SET label = label || id WHERE id BETWEEN 1100 AND 1900");
    await one("DELETE FROM parcels WHERE id % 3 = 0 AND id < 4000");
    await other("COMMIT");
    await expectSame();
    await one("COMMIT");

    await expectSame();
    expect(await streamedSoFar()).toBeGreaterThan(4);
    await kept("running", 0);
  });

  test("keeps of its sub-transactions those that were not undone (016, 018)", async () => {
    const ask = await session();
    const insert = (from: number, label: string) =>
      ask(`INSERT INTO parcels SELECT n, '${label}', ${FILL} FROM generate_series(${from}, ${from + 799}) n`);
    await ask("BEGIN");
    await insert(20_000, "top");
    await ask("SAVEPOINT a");
    await insert(21_000, "a");
    await ask("SAVEPOINT b");
    await insert(22_000, "undone with b");
    await ask("SAVEPOINT c");
    await insert(23_000, "undone with b");
    await ask("ROLLBACK TO b");
    await insert(24_000, "b again");
    await ask("RELEASE a");
    await ask("SAVEPOINT d");
    await insert(25_000, "undone");
    await ask("ROLLBACK TO d");
    await insert(25_500, "behind d");
    await ask("COMMIT");
    await expectSame();

    await ask("BEGIN");
    await insert(28_000, "never");
    await ask("SAVEPOINT a");
    await insert(29_000, "never");
    await kept("running", 1);
    await ask("ROLLBACK");
    await pair.onSource("UPDATE parcels SET label = 'behind' WHERE id = 1");
    await expectSame();
    await kept("running", 0);
    expect(await pair.onTarget("SELECT count(*) FROM parcels WHERE id BETWEEN 28000 AND 29999")).toEqual([
      { count: "0" },
    ]);
  });

  test("may change its tables meanwhile, and undo that again (017, 019)", async () => {
    const ask = await session();
    const insert = (from: number, columns: string, values: string) =>
      ask(
        `INSERT INTO parcels (id, label, note${columns}) SELECT n, 'x', ${FILL}${values} FROM generate_series(${from}, ${from + 499}) n`,
      );
    await ask("BEGIN");
    await insert(30_000, "", "");
    await ask("ALTER TABLE parcels ADD COLUMN weight int");
    await insert(31_000, ", weight", ", 1");
    await ask("SAVEPOINT a; ALTER TABLE parcels ADD COLUMN height int");
    await insert(32_000, ", weight, height", ", 1, 2");
    await ask("ROLLBACK TO a");
    await insert(33_000, ", weight", ", 3");
    await ask("ALTER TABLE parcels DROP COLUMN weight");
    await insert(34_000, "", "");
    await ask("COMMIT");
    await pair.onSource("UPDATE parcels SET label = 'after' WHERE id IN (30000, 33000, 34000)");

    await expectSame();
  });

  test("that is prepared is told when it is committed, and never when it is rolled back (021)", async () => {
    await pair.onSource("BEGIN; INSERT INTO ledger VALUES (100, 'prepared'); PREPARE TRANSACTION 'one'");
    await pair.onSource("BEGIN; INSERT INTO ledger VALUES (101, 'prepared'); PREPARE TRANSACTION 'two'");
    // The first row of a table that the log tells of may be one of a prepared transaction.
    await pair.onSource("BEGIN; INSERT INTO crates VALUES (1, 'prepared'); PREPARE TRANSACTION 'three'");
    await pair.onSource("INSERT INTO crates VALUES (2, 'meanwhile')");
    await kept("prepared", 3);
    await expectSame();
    expect(await pair.onTarget("SELECT count(*) FROM ledger WHERE id >= 100")).toEqual([{ count: "0" }]);

    await pair.onSource("COMMIT PREPARED 'one'");
    await pair.onSource("ROLLBACK PREPARED 'two'");
    await pair.onSource("ROLLBACK PREPARED 'three'");
    await pair.onSource("INSERT INTO crates VALUES (1, 'not prepared')");
    await expectSame();
    await kept("prepared", 0);
  });

  test("that is large and prepared is told the same way, without what was undone in it (023)", async () => {
    const ask = await session();
    await ask("BEGIN");
    await ask(`INSERT INTO parcels SELECT n, 'prepared', ${FILL} FROM generate_series(40000, 41999) n`);
    await ask("SAVEPOINT a");
    await ask(`INSERT INTO parcels SELECT n, 'undone', ${FILL} FROM generate_series(42000, 42999) n`);
    await ask("ROLLBACK TO a");
    await ask("PREPARE TRANSACTION 'large'");
    await ask("BEGIN");
    await ask(`INSERT INTO parcels SELECT n, 'rolled back', ${FILL} FROM generate_series(43000, 44999) n`);
    await ask("PREPARE TRANSACTION 'large too'");
    await kept("prepared", 2);
    await pair.onSource("ROLLBACK PREPARED 'large too'");
    await expectSame();
    await pair.onSource("COMMIT PREPARED 'large'");

    await expectSame();
  });

  test("survives a restart of the stream and of the source, prepared before and decided after", async () => {
    const ask = await session();
    await pair.onSource("BEGIN; INSERT INTO ledger VALUES (200, 'prepared'); PREPARE TRANSACTION 'p1'");
    await pair.onSource("BEGIN; INSERT INTO ledger VALUES (201, 'prepared'); PREPARE TRANSACTION 'p2'");
    await ask("BEGIN");
    await ask(`INSERT INTO parcels SELECT n, 'large', ${FILL} FROM generate_series(50000, 51999) n`);
    await ask("PREPARE TRANSACTION 'p3'");
    await kept("prepared", 3);
    // The position goes on past them, and what the source may forget does not.
    await pair.onSource("INSERT INTO ledger VALUES (202, 'behind the prepared ones')");
    await expectSame();
    expect(stream.status().confirmed).toBeLessThan(stream.status().applied);

    await restart();
    await kept("prepared", 3);
    await pair.onSource("COMMIT PREPARED 'p1'");
    await expectSame();
    await restart(async () => {
      await pair.source.crashAndRestart();
      await pair.onSource("ROLLBACK PREPARED 'p2'");
      await pair.onSource("COMMIT PREPARED 'p3'");
      await pair.onSource("UPDATE ledger SET label = 'seen once' WHERE id = 202");
    });
    await expectSame();

    await pair.onSource("INSERT INTO ledger VALUES (201, 'free again')");
    await expectSame();
    await waitFor("the source to be told", () => stream.status().confirmed === stream.status().applied);
  });

  test("that was half sent when the stream stopped is sent again", async () => {
    const ask = await session();
    await ask("BEGIN");
    await ask(`INSERT INTO parcels SELECT n, 'before', ${FILL} FROM generate_series(60000, 61999) n`);
    await kept("running", 1);
    await restart();
    await ask(`INSERT INTO parcels SELECT n, 'after', ${FILL} FROM generate_series(62000, 62999) n`);
    await kept("running", 1);
    await ask("COMMIT");

    await expectSame();
  });

  test("is held back while the target cannot take it, and the source hears of us all the same", async () => {
    const pids = "SELECT active_pid FROM pg_replication_slots WHERE slot_name = $1";
    const before = await pair.onSource(pids, [slotName(plan.name)]);
    const lock = new pg.Client({ connectionString: pair.addresses.target });
    await lock.connect();
    await lock.query("BEGIN; LOCK TABLE parcels IN EXCLUSIVE MODE");
    await pair.onSource(`INSERT INTO parcels SELECT n, 'much', ${FILL} FROM generate_series(100000, 159999) n`);
    await pair.onSource(`UPDATE parcels SET label = 'more' WHERE id >= 100000`);
    await waitFor("the socket to be held back", () => stream.status().lagBytes > 15_000_000, { limitMs: 20_000 });
    // More than twice as long as the source waits for a sign of life.
    await new Promise((resolve) => setTimeout(resolve, 7_000));
    await lock.query("ROLLBACK");
    await lock.end();

    await expectSame();
    expect(await pair.onSource(pids, [slotName(plan.name)])).toEqual(before);
  });

  test("leaves nothing behind on the disk", async () => {
    expect((await readdir(tmpdir())).filter((name) => name.startsWith("strangler-spool-"))).toEqual([]);
  });
});
