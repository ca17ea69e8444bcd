import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import pg from "pg";
import {
  readStreamStatus,
  verifyContinuously,
  verifyStream,
  type RunningStream,
  type TableReport,
  type VerifyOptions,
} from "../src/index.ts";
import { catchUp, follow, planOf, sameTable, startPair, type Pair } from "./kit/pair.ts";

describe("a verification", () => {
  let pair: Pair;
  let stream: RunningStream;

  const plan = planOf([
    sameTable("parcels", ["id"], ["id", "label", "weight"]),
    sameTable("places", ["shelf", "slot"], ["shelf", "slot", "parcel"]),
    {
      from: "public.letters",
      to: "public.mail",
      key: ["number"],
      where: { expression: "letters.state <> 'draft'", from: ["state"] },
      columns: {
        number: "id",
        subject: "title",
        price: { expression: "cents / 100.0", from: ["cents"] },
        at: "at",
        sent: "is_sent",
      },
    },
  ]);

  beforeAll(async () => {
    pair = await startPair();
    await pair.onSource(`
      CREATE TABLE parcels (id int PRIMARY KEY, label text, weight numeric);
      CREATE TABLE places (shelf text COLLATE "en-x-icu", slot int, parcel int, PRIMARY KEY (shelf, slot));
      CREATE TABLE letters (id int PRIMARY KEY, title varchar(20), cents int, at timestamptz, is_sent boolean, state char(5));
      ALTER TABLE letters REPLICA IDENTITY FULL;
      INSERT INTO parcels SELECT n, 'p' || n, n / 7.0 FROM generate_series(1, 1000) n;
      INSERT INTO places SELECT chr(64 + n % 26) || n, n, n FROM generate_series(1, 500) n;
      INSERT INTO places VALUES ('a''b', 1, 1), ('a-b', 1, NULL), ('Ä', 1, 1), ('a b', 1, 1), ('', 0, 0);
      INSERT INTO letters SELECT n, 'letter ' || n, n, now(), n % 2 = 0, CASE WHEN n % 5 = 0 THEN 'draft' ELSE 'sent' END
      FROM generate_series(1, 500) n`);
    await pair.onTarget(`
      CREATE TABLE parcels (id bigint PRIMARY KEY, label text, weight numeric);
      CREATE TABLE places (shelf text, slot int, parcel int, PRIMARY KEY (shelf, slot));
      CREATE TABLE mail (number int PRIMARY KEY, subject text, price numeric(10,2), at timestamp, sent text)`);
    stream = await follow(pair, plan);
  }, 60_000);
  afterAll(async () => {
    await stream.close();
    await pair.remove();
  });

  const verify = (options: Partial<VerifyOptions> = {}) =>
    verifyStream({ plan, addresses: pair.addresses, chunkRows: 100, ...options });
  const verifyOne = async (table: string) => {
    const { tables } = await verify({ table });
    const [report] = tables;
    if (report === undefined) throw new Error("no report");
    return report;
  };
  const rowsOf = ({ examples }: TableReport) => examples.map(({ kind, key, columns }) => ({ kind, key, columns }));

  test("finds equal what is equal, through renames, filters, expressions, other types and other orders of texts", async () => {
    const { outcome, tables } = await verify();

    expect(outcome).toBe("equal");
    expect(tables.map(({ table, rows, outcome }) => ({ table, rows, outcome }))).toEqual([
      { table: "public.parcels", rows: 1000, outcome: "equal" },
      { table: "public.places", rows: 505, outcome: "equal" },
      { table: "public.mail", rows: 400, outcome: "equal" },
    ]);
  });

  test("names a row that is missing, one that is extra, and one that differs, with the column", async () => {
    await pair.onTarget("DELETE FROM parcels WHERE id = 500");
    await pair.onTarget("INSERT INTO parcels VALUES (5000, 'extra', 1)");
    await pair.onTarget("UPDATE parcels SET weight = weight + 0.0000001, label = NULL WHERE id = 7");

    const report = await verifyOne("parcels");

    expect(report).toMatchObject({
      outcome: "different",
      differences: { missing: 1, extra: 1, changed: 1 },
      undecided: 0,
    });
    expect(rowsOf(report).sort((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
      { kind: "changed", key: { id: "7" }, columns: ["label", "weight"] },
      { kind: "extra", key: { id: "5000" }, columns: [] },
      { kind: "missing", key: { id: "500" }, columns: [] },
    ]);
    await pair.onTarget("INSERT INTO parcels VALUES (500, 'p500', 500 / 7.0); DELETE FROM parcels WHERE id = 5000");
    await pair.onTarget("UPDATE parcels SET weight = 7 / 7.0, label = 'p7' WHERE id = 7");
    expect(await verifyOne("parcels")).toMatchObject({ outcome: "equal" });
  });

  test("tells null from an empty text, and one value's end from the next one's beginning", async () => {
    await pair.onTarget("UPDATE places SET parcel = 0 WHERE shelf = 'a-b'");
    await pair.onTarget(
      "UPDATE mail SET subject = '' WHERE number = 3; UPDATE mail SET subject = NULL WHERE number = 4",
    );

    expect(rowsOf(await verifyOne("places"))).toEqual([
      { kind: "changed", key: { shelf: "a-b", slot: "1" }, columns: ["parcel"] },
    ]);
    expect(await verifyOne("mail")).toMatchObject({ differences: { changed: 2 } });

    await pair.onTarget("UPDATE places SET parcel = NULL WHERE shelf = 'a-b'");
    await pair.onTarget("UPDATE mail SET subject = 'letter ' || number WHERE number IN (3, 4)");
    expect((await verify()).outcome).toBe("equal");
  });

  test("finds a row that the filter keeps back and the target has all the same", async () => {
    await pair.onTarget("INSERT INTO mail VALUES (5, 'letter 5', 0.05, now(), 'false')");

    expect(rowsOf(await verifyOne("public.mail"))).toEqual([{ kind: "extra", key: { number: "5" }, columns: [] }]);
    await pair.onTarget("DELETE FROM mail WHERE number = 5");
  });

  test("counts all differences and names the first few", async () => {
    await pair.onTarget("UPDATE parcels SET label = 'x' WHERE id > 400");

    const report = (await verify({ table: "parcels", examples: 3 })).tables[0];

    expect(report?.differences.changed).toBe(600);
    expect(report?.examples).toHaveLength(3);
    await pair.onTarget("UPDATE parcels SET label = 'p' || id WHERE id > 400");
  });

  test("finds a target full of rows that the source never had", async () => {
    await pair.onTarget("INSERT INTO parcels SELECT n, 'x', 1 FROM generate_series(10001, 12000) n");

    expect(await verifyOne("parcels")).toMatchObject({ differences: { missing: 0, extra: 2000, changed: 0 } });
    await pair.onTarget("DELETE FROM parcels WHERE id > 10000");
  });

  test("raises no false alarm while everything is being written to", async () => {
    const writer = startWriter(pair);
    const outcomes = [];
    for (let run = 0; run < 8; run += 1) outcomes.push(await verify());
    const written = await writer.stop();

    expect(outcomes.flatMap(({ tables }) => tables.filter(({ outcome }) => outcome === "different"))).toEqual([]);
    expect(outcomes.filter(({ outcome }) => outcome === "equal").length).toBeGreaterThan(4);
    expect(written).toBeGreaterThan(100);
    await catchUp(pair, plan);
    expect((await verify()).outcome).toBe("equal");
  });

  test("still finds a real difference while everything is being written to", async () => {
    await pair.onTarget("UPDATE mail SET price = price + 1 WHERE number = 1");
    const writer = startWriter(pair);

    const report = await verifyOne("mail");

    await writer.stop();
    expect(rowsOf(report)).toEqual([{ kind: "changed", key: { number: "1" }, columns: ["price"] }]);
    await pair.onTarget("UPDATE mail SET price = price - 1 WHERE number = 1");
  });

  // A commit reaches the log, and by it the target, a moment before the source shows it; a busy machine makes the moment long. A
  // standby that never answers makes it as long as the test likes.
  test("does not take a target for wrong that is only ahead of what the source shows", async () => {
    await pair.onSource("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
    await pair.onSource("SELECT pg_reload_conf()");
    const committing = pair.onSource(
      "BEGIN; UPDATE parcels SET label = 'ahead' WHERE id = 2; INSERT INTO parcels VALUES (9000, 'ahead', 1); COMMIT",
    );
    const ahead = "SELECT 1 FROM parcels WHERE label = 'ahead'";
    await waitFor("the target to be ahead", async () => (await pair.onTarget(ahead)).length === 2);
    expect(await pair.onSource(ahead)).toEqual([]);

    const report = (await verify({ table: "parcels", settleMs: 500 })).tables[0];

    expect(report).toMatchObject({ outcome: "could not compare", undecided: 2 });
    await pair.onSource("ALTER SYSTEM RESET synchronous_standby_names");
    await pair.onSource("SELECT pg_reload_conf()");
    await committing;
    expect(await verifyOne("parcels")).toMatchObject({ outcome: "equal" });
  });

  test("finds an extra row in spite of a transaction of somebody else's that stays open", async () => {
    await pair.onTarget("INSERT INTO parcels VALUES (5000, 'extra', 1)");
    const open = pair.onSource("BEGIN; INSERT INTO places VALUES ('open', 1, 1); SELECT pg_sleep(60)");
    open.catch(() => undefined);
    const sleeper =
      "FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL";
    await waitFor("the open transaction", async () => (await pair.onSource(`SELECT 1 ${sleeper}`)).length > 0);

    const report = await verifyOne("parcels");

    expect(rowsOf(report)).toEqual([{ kind: "extra", key: { id: "5000" }, columns: [] }]);
    await pair.onSource(`SELECT pg_terminate_backend(pid) ${sleeper}`);
    await pair.onTarget("DELETE FROM parcels WHERE id = 5000");
  });

  test("looks at a part when it is asked for a sample, and says so", async () => {
    await pair.onTarget("UPDATE parcels SET weight = weight + 1");

    const [parcels, places] = [
      (await verify({ table: "parcels", percent: 30 })).tables[0],
      (await verify({ table: "places", percent: 30 })).tables[0],
    ];

    expect(parcels).toMatchObject({ outcome: "different", sample: 30 });
    expect(parcels?.differences.changed).toBeGreaterThanOrEqual(100);
    expect(parcels?.differences.changed).toBeLessThanOrEqual(500);
    expect(places).toMatchObject({ outcome: "equal", sample: 30 });
    await pair.onTarget("UPDATE parcels SET weight = weight - 1");
  });

  test("goes on where an interrupted one stood, and not under another mapping", async () => {
    await pair.onTarget("UPDATE parcels SET label = 'x' WHERE id = 1");
    const stop = new AbortController();
    let chunks = 0;
    const onProgress = () => ((chunks += 1) === 3 ? stop.abort(new Error("killed")) : undefined);
    await expect(verify({ table: "parcels", onProgress, signal: stop.signal })).rejects.toThrow("killed");
    await pair.onTarget("UPDATE parcels SET label = 'p1' WHERE id = 1");

    const resumed = (await verify({ table: "parcels", resume: true })).tables[0];
    const again = (await verify({ table: "parcels", resume: true })).tables[0];

    // What was found before counts, and what lies before is not looked at a second time.
    expect(resumed).toMatchObject({ outcome: "different", rows: 1001, differences: { changed: 1 } });
    expect(resumed?.resumedFrom).toMatch(/^\d{4}-/);
    expect(again).toMatchObject({ outcome: "equal", rows: 1001 });
    expect(again?.resumedFrom).toBeUndefined();
  });

  test("waits while the stream is too far behind", async () => {
    const waits: boolean[] = [];

    const { outcome } = await verify({
      table: "mail",
      maxLagBytes: -1,
      onWait: (waiting) => waits.push(waiting),
      signal: AbortSignal.timeout(1_000),
    }).catch(() => ({ outcome: "interrupted" }));

    expect([outcome, waits]).toEqual(["interrupted", [true]]);
  });

  test("goes round and round until it is told to end, and leaves what it found for others to see", async () => {
    await pair.onTarget("DELETE FROM places WHERE shelf = 'a''b'");
    const stop = new AbortController();
    const outcomes: string[] = [];

    await verifyContinuously({
      plan,
      addresses: pair.addresses,
      pauseMs: 0,
      restMs: 1,
      signal: stop.signal,
      onRound: ({ outcome }) => outcomes.push(outcome) === 2 && stop.abort(),
      onTrouble: (error) => {
        throw error;
      },
    });

    expect(outcomes).toEqual(["different", "different"]);
    expect((await readStreamStatus(plan, pair.addresses)).drift).toMatchObject({ rows: 1 });
    await pair.onTarget("INSERT INTO places VALUES ('a''b', 1, 1)");
    expect((await verify()).outcome).toBe("equal");
    expect((await readStreamStatus(plan, pair.addresses)).drift).toMatchObject({ rows: 0 });
  });

  test("shows what differs only to who asks for it, and says what it looks like", async () => {
    await pair.onTarget("UPDATE parcels SET label = 'P8' WHERE id = 8");

    const hidden = await verifyOne("parcels");
    const shown = (await verify({ table: "parcels", showValues: true })).tables[0];

    expect(JSON.stringify(hidden)).not.toContain("P8");
    expect(hidden.examples[0]?.values).toEqual({ label: { source: "(2 characters)", target: "(2 characters)" } });
    expect(shown?.examples[0]).toMatchObject({
      values: { label: { source: "p8", target: "P8" } },
      cause: { code: "case" },
    });
    await pair.onTarget("UPDATE parcels SET label = 'p8' WHERE id = 8");
  });

  test("refuses a table that the stream does not carry", async () => {
    await expect(verify({ table: "parcel" })).rejects.toThrow('The stream "parcels" has no table parcel. Did you mean');
  });

  test("could not compare what a stopped stream has not got to; what is equal all the same, it finds equal", async () => {
    await stream.close();
    await pair.onSource("UPDATE parcels SET label = 'later' WHERE id = 9");

    const { outcome, tables } = await verify();

    expect(outcome).toBe("could not compare");
    expect(tables.map(({ outcome }) => outcome)).toEqual(["could not compare", "equal", "equal"]);
    expect(tables[0]).toMatchObject({ undecided: 1, reason: "the stream did not get to the source's position" });
    stream = await follow(pair, plan);
    await catchUp(pair, plan);
    expect((await verify()).outcome).toBe("equal");
  });
});

/** Writes to every table, rows near and far, as fast as it can. */
function startWriter(pair: Pair): { stop: () => Promise<number> } {
  let stopped = false;
  const run = async () => {
    const client = new pg.Client(pair.addresses.source);
    await client.connect();
    let transactions = 0;
    while (!stopped) {
      const n = 10 + (transactions % 480);
      await client.query(`BEGIN; UPDATE parcels SET weight = weight + 1 WHERE id = ${n};
        UPDATE places SET parcel = ${transactions} WHERE slot = ${n};
        UPDATE letters SET cents = cents + 1, state = CASE WHEN state = 'draft' THEN 'sent' ELSE 'draft' END WHERE id = ${n};
        DELETE FROM parcels WHERE id = ${n + 500}; INSERT INTO parcels VALUES (${n + 500}, 'new', 1); COMMIT`);
      transactions += 1;
    }
    await client.end();
    return transactions;
  };
  const done = run();
  return {
    stop: () => {
      stopped = true;
      return done;
    },
  };
}
