import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { startProcess, type TestProcess } from "@strangler/test-kit";
import pg from "pg";
import { stringify } from "yaml";
import {
  dropStream,
  readStreamStatus,
  resyncStream,
  startStream,
  verifyStream,
  type StreamOptions,
  type StreamPlan,
} from "../src/index.ts";
import { catchUp, follow, planOf, sameTable, silent, startPair, type Pair } from "./kit/pair.ts";

describe("a copy", () => {
  let pair: Pair;
  let folder = "";
  let serial = 0;
  const running: { kill: () => Promise<unknown> }[] = [];

  beforeAll(async () => {
    pair = await startPair({}, { wal_sender_timeout: "2s" });
    folder = await mkdtemp(path.join(tmpdir(), "copy-"));
  });
  afterAll(async () => {
    await Promise.all(running.map((each) => each.kill()));
    await pair.remove();
    await rm(folder, { recursive: true });
  });

  const COLUMNS = ["id", "weight", "label", "note"];
  // 20,000 rows in about 290 blocks; some have a note that is stored apart, which an update of something else leaves out of the log.
  async function makeTable(name: string): Promise<StreamPlan["tables"][number]> {
    const columns = "id int PRIMARY KEY, weight int NOT NULL, label text NOT NULL, note text";
    await Promise.all([pair.onSource, pair.onTarget].map((ask) => ask(`CREATE TABLE ${name} (${columns})`)));
    await pair.onSource(`ALTER TABLE ${name} ALTER note SET STORAGE EXTERNAL`);
    await pair.onSource(`INSERT INTO ${name} SELECT n, n, repeat('l', 80), CASE WHEN n % 500 = 0 THEN repeat('n', 3000) END
                         FROM generate_series(1, 20000) n; ANALYZE ${name}`);
    return sameTable(name, ["id"], COLUMNS);
  }

  const planFor = (tables: StreamPlan["tables"]) => planOf(tables, `copied_${(serial += 1)}`);

  async function launch(plan: StreamPlan, limits: StreamOptions["limits"]): Promise<TestProcess> {
    const file = path.join(folder, `${plan.name}.yaml`);
    const { name, ...planned } = plan;
    await writeFile(file, stringify({ streams: { [name]: planned } }));
    const child = startProcess({
      script: path.join(import.meta.dirname, "kit/run-stream.ts"),
      env: {
        STRANGLER_STREAM: name,
        STREAMS_FILE: file,
        STREAM_LIMITS: JSON.stringify(limits),
        STRANGLER_DATABASE_SHOP_URL: pair.addresses.source,
        STRANGLER_DATABASE_SHELF_URL: pair.addresses.target,
      },
    });
    running.push({ kill: () => child.kill("SIGKILL") });
    return child;
  }

  const chunks = (plan: StreamPlan) =>
    pair.onTarget(
      "SELECT number, source_table, format, rows, done_at FROM strangler.copy_chunk WHERE stream = $1 ORDER BY number",
      [plan.name],
    );
  const isDone = (chunk: Record<string, string | null>) => chunk["done_at"] !== null;
  const killed = (plan: StreamPlan) =>
    waitFor("the end of its lock", async () => {
      const { state } = await readStreamStatus(plan, pair.addresses);
      return state === "interrupted" || state === "stopped";
    });
  const expectEqual = async (plan: StreamPlan) => {
    await catchUp(pair, plan);
    expect(await verifyStream({ plan, addresses: pair.addresses })).toMatchObject({ outcome: "equal" });
  };

  test("that was killed keeps what it had, and reads no more than one part of each worker again", async () => {
    const plan = planFor([await makeTable("parcels")]);
    const limits = { copyChunkBytes: 100_000, copyWorkers: 2, windowRows: 500 };
    // Two rows that the target has not decided about hold both workers in the middle of a part of theirs.
    const blockers = await Promise.all([hold(pair, "parcels", 9_000), hold(pair, "parcels", 15_000)]);
    const first = await launch(plan, limits);
    await waitFor("both workers to be held", async () => {
      const [row] = await pair.onTarget("SELECT count(*) AS n FROM pg_locks WHERE NOT granted");
      return row?.["n"] === "2";
    });
    const before = (await chunks(plan)).filter(isDone);
    await first.kill("SIGKILL");
    await Promise.all(blockers.map((release) => release()));
    await killed(plan);
    // Meanwhile rows change, go, come and move into blocks that were read already, also such as the log does not carry whole.
    await pair.onSource(`UPDATE parcels SET weight = -1 WHERE id % 100 = 0; DELETE FROM parcels WHERE id % 1000 = 7;
                         INSERT INTO parcels VALUES (30000, 1, 'new', NULL); UPDATE parcels SET id = id + 50000 WHERE id % 5000 = 0`);

    const second = await launch(plan, limits);
    await second.waitForLine(/"following"/, 30_000);

    const after = await chunks(plan);
    expect(before.length).toBeGreaterThan(10);
    expect(after.length - before.length).toBeGreaterThan(2);
    expect(after.every(isDone)).toBe(true);
    for (const chunk of before) expect(after).toContainEqual(chunk);
    await expectEqual(plan);
    await second.kill("SIGKILL");
    await killed(plan);
    await dropStream(plan, pair.addresses);
  }, 60_000);

  test("of a table that was rewritten after the process died reads all of it again", async () => {
    const plan = planFor([await makeTable("crates")]);
    const limits = { copyChunkBytes: 100_000, copyWorkers: 1, windowRows: 2_000 };
    const release = await hold(pair, "crates", 15_000);
    const first = await launch(plan, limits);
    await waitFor("it to be held", async () => (await chunks(plan)).filter(isDone).length > 5);
    await first.kill("SIGKILL");
    await release();
    await killed(plan);
    await pair.onSource("DELETE FROM crates WHERE id < 5000");
    await pair.onSource("VACUUM FULL crates");

    const second = await launch(plan, limits);
    await second.waitForLine(/"following"/, 30_000);

    expect((await chunks(plan)).map((chunk) => chunk["rows"])).toEqual(["15001"]);
    await expectEqual(plan);
    await second.kill("SIGKILL");
    await killed(plan);
    await dropStream(plan, pair.addresses);
  }, 60_000);

  test("of a table that came into the plan later is made while the stream follows", async () => {
    const table = await makeTable("places");
    let plan = planFor([table]);
    const stream = await follow(pair, plan, { copyChunkBytes: 200_000 });
    await stream.close();
    const more = await makeTable("shelves");
    plan = { ...plan, tables: [...plan.tables, more] };
    const writers = ["places", "shelves"].map((name) => writeUntilStopped(pair, name));

    const again = startStream({ plan, addresses: pair.addresses, log: silent, limits: { windowRows: 1_000 } });
    await waitFor("it to have the new table", () => again.status().state === "following", { limitMs: 30_000 });
    await Promise.all(writers.map((stop) => stop()));

    expect(again.status().copy).toMatchObject({ share: 1, remainingSeconds: 0 });
    await expectEqual(plan);
    await again.close();
    await dropStream(plan, pair.addresses);
  }, 60_000);

  test("is brought up to date in place when the slot is lost, removals included, and right rows are left alone", async () => {
    const plan = planFor([await makeTable("boxes")]);
    const stream = await follow(pair, plan);
    await stream.close();
    await pair.onSource(`SELECT pg_drop_replication_slot('strangler_${plan.name}')`);
    await pair.onSource(`UPDATE boxes SET weight = -1 WHERE id BETWEEN 100 AND 199; DELETE FROM boxes WHERE id BETWEEN 200 AND 299;
                         INSERT INTO boxes SELECT n, n, 'new', NULL FROM generate_series(40001, 40100) n`);
    const untouched = "SELECT count(*) AS n, max(xmin::text::int8) AS newest FROM boxes WHERE id > 300 AND id <= 20000";
    const before = await pair.onTarget(untouched);

    await resyncStream(plan, pair.addresses);
    expect((await readStreamStatus(plan, pair.addresses)).state).toBe("interrupted");
    const stop = writeUntilStopped(pair, "boxes", 40_000);
    const again = await follow(pair, plan);
    await stop();

    await expectEqual(plan);
    expect(await pair.onTarget(untouched)).toEqual(before);
    await again.close();
    await dropStream(plan, pair.addresses);
  }, 60_000);

  test("puts secondary indexes off, and builds them although the process died in between", async () => {
    const plan = planFor([await makeTable("tins"), await makeTable("cans")]);
    await pair.onTarget(`CREATE INDEX tins_by_weight ON tins (weight) WHERE weight > 0;
                         CREATE UNIQUE INDEX tins_by_label ON tins (id, label)`);
    const indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'tins' ORDER BY 1";
    const before = await pair.onTarget(indexes);
    const limits = { copyChunkBytes: 100_000, copyWorkers: 1, deferIndexes: true };
    const release = await hold(pair, "cans", 15_000);
    const first = await launch(plan, limits);
    await waitFor("it to be held", async () => (await chunks(plan)).filter(isDone).length > 5);
    expect((await pair.onTarget(indexes)).map((index) => index["indexname"])).toEqual(["tins_by_label", "tins_pkey"]);
    await first.kill("SIGKILL");
    await release();
    await killed(plan);

    const second = await launch(plan, limits);
    await second.waitForLine(/"following"/, 30_000);

    expect(await pair.onTarget(indexes)).toEqual(before);
    await expectEqual(plan);
    await second.kill("SIGKILL");
    await killed(plan);
    await dropStream(plan, pair.addresses);
  }, 60_000);

  test("goes in the servers' binary form where that is safe, leaf by leaf, and as text where it is not", async () => {
    await pair.onSource(`CREATE TABLE letters (id int, at timestamptz, cents numeric(9,2), flags bit(3)[], body jsonb, PRIMARY KEY (id, at))
                         PARTITION BY RANGE (at);
                         CREATE TABLE "letters.old" PARTITION OF letters FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
                         CREATE TABLE letters_new PARTITION OF letters FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
                         INSERT INTO letters SELECT n, '2019-12-31'::timestamptz + n * interval '1 hour', n / 7.0, '{101,NULL}', '{"a": 1.10}'
                         FROM generate_series(1, 100) n;
                         CREATE TABLE spans (id int PRIMARY KEY, span interval); INSERT INTO spans VALUES (1, '1 mon 30 days')`);
    await pair.onTarget(`CREATE TABLE letters (id int, at timestamptz, cents numeric(9,2), flags bit(3)[], body jsonb, PRIMARY KEY (id, at));
                         CREATE TABLE spans (id int PRIMARY KEY, span interval)`);
    const plan = planFor([
      sameTable("letters", ["id", "at"], ["id", "at", "cents", "flags", "body"]),
      sameTable("spans", ["id"], ["id", "span"]),
    ]);

    const stream = await follow(pair, plan);

    const formats = (await chunks(plan)).map((chunk) => [chunk["source_table"], chunk["format"], chunk["rows"]]);
    expect(formats.sort()).toEqual([
      ["public.letters", "binary", "23"],
      ["public.letters", "binary", "77"],
      ["public.spans", "text", "1"],
    ]);
    await expectEqual(plan);
    await stream.close();
    await dropStream(plan, pair.addresses);
  }, 60_000);
});

/** Writes a row that nobody may see yet, so that a copy of it has to wait. Answers what undoes it. */
async function hold(pair: Pair, table: string, id: number): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: pair.target.url("postgres") });
  client.on("error", () => undefined);
  await client.connect();
  await client.query("BEGIN");
  await client.query(`INSERT INTO ${table} (id, weight, label) VALUES (${id}, 0, 'held')`);
  return async () => {
    await client.query("ROLLBACK");
    await client.end();
  };
}

/** Changes the rows of a table, from `first` on, until it is stopped. */
function writeUntilStopped(pair: Pair, table: string, first = 1): () => Promise<void> {
  let writing = true;
  const load = (async () => {
    const client = new pg.Client({ connectionString: pair.source.url("postgres") });
    await client.connect();
    for (let round = 0; writing; round += 1) {
      const id = first + ((round * 499) % 20_000);
      await pause(1);
      await client.query(`UPDATE ${table} SET weight = weight + 1 WHERE id = $1`, [id]);
      if (round % 7 === 0) await client.query(`DELETE FROM ${table} WHERE id = $1`, [id]);
      if (round % 7 === 3) {
        await client.query(`INSERT INTO ${table} VALUES ($1, 0, 'new', NULL) ON CONFLICT (id) DO NOTHING`, [id]);
      }
    }
    await client.end();
  })();
  return async () => {
    writing = false;
    await load;
  };
}
