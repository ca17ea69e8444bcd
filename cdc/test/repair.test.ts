import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { auditWriters, repairStream, verifyStream, type RepairOptions, type RunningStream } from "../src/index.ts";
import { installGuard } from "../src/guard/guard.ts";
import { catchUp, follow, planOf, sameTable, silent, startPair, type Pair } from "./kit/pair.ts";

describe("a repair", () => {
  let pair: Pair;
  let stream: RunningStream;

  const plan = planOf([
    sameTable("parcels", ["id"], ["id", "label", "weight", "version"]),
    sameTable("places", ["shelf", "slot"], ["shelf", "slot", "parcel"]),
    {
      from: "public.letters",
      to: "public.mail",
      key: ["number"],
      where: { expression: "letters.state <> 'draft'", from: ["state"] },
      columns: { number: "id", subject: "title" },
    },
  ]);

  beforeAll(async () => {
    pair = await startPair({}, {}, { track_commit_timestamp: "on" });
    const tables = `
      CREATE TABLE parcels (id int PRIMARY KEY, label text, weight float8, version bigint);
      CREATE TABLE places (shelf text COLLATE "en-x-icu", slot int, parcel int, PRIMARY KEY (shelf, slot));`;
    await pair.onSource(`${tables}
      CREATE TABLE letters (id int PRIMARY KEY, title text, state text);
      ALTER TABLE letters REPLICA IDENTITY FULL;
      INSERT INTO parcels SELECT n, 'p' || n, n / 7.0, 0 FROM generate_series(1, 2000) n;
      INSERT INTO places SELECT chr(64 + n % 26) || n, n, n FROM generate_series(1, 30000) n;
      INSERT INTO letters SELECT n, 'letter ' || n, CASE WHEN n % 5 = 0 THEN 'draft' ELSE 'sent' END FROM generate_series(1, 100) n`);
    await pair.onTarget(`${tables} CREATE TABLE mail (number int PRIMARY KEY, subject text)`);
    stream = await follow(pair, plan);
  }, 60_000);
  afterAll(async () => {
    await stream.close();
    await pair.remove();
  });

  const repair = (options: Partial<RepairOptions> = {}) =>
    repairStream({ plan, addresses: pair.addresses, log: silent, ...options });
  const verify = async () => (await verifyStream({ plan, addresses: pair.addresses })).outcome;

  test("does nothing where nothing differs", async () => {
    expect(await repair()).toMatchObject({ outcome: "equal", tables: [] });
  });

  test("brings back rows that are missing or changed, removes those that the source does not have, and looks again", async () => {
    await pair.onTarget(`
      DELETE FROM parcels WHERE id BETWEEN 10 AND 19;
      INSERT INTO parcels VALUES (9001, 'extra', 1, 0), (9002, 'extra', 1, 0);
      UPDATE parcels SET label = NULL WHERE id BETWEEN 30 AND 32;
      DELETE FROM places WHERE slot = 3;
      INSERT INTO mail VALUES (5, 'letter 5')`);

    const report = await repair();

    expect(report.outcome).toBe("repaired");
    expect(
      report.tables.map(({ table, found, repaired, remainingRows }) => ({ table, found, repaired, remainingRows })),
    ).toEqual([
      { table: "public.parcels", found: { missing: 10, extra: 2, changed: 3 }, repaired: 15, remainingRows: 0 },
      { table: "public.places", found: { missing: 1, extra: 0, changed: 0 }, repaired: 1, remainingRows: 0 },
      { table: "public.mail", found: { missing: 0, extra: 1, changed: 0 }, repaired: 1, remainingRows: 0 },
    ]);
    expect(await verify()).toBe("equal");
  });

  test("says what it would do, and does not do it", async () => {
    await pair.onTarget("DELETE FROM parcels WHERE id = 50");

    const report = await repair({ dryRun: true });

    expect(report).toMatchObject({
      outcome: "different",
      dryRun: true,
      tables: [{ found: { missing: 1 }, remaining: [["50"]] }],
    });
    expect(await pair.onTarget("SELECT 1 FROM parcels WHERE id = 50")).toEqual([]);
  });

  test("repairs rows by their keys, and refuses keys that are none", async () => {
    await pair.onTarget("DELETE FROM places WHERE slot IN (4, 5)");

    expect(await repair({ table: "parcels", keys: "50, 51" })).toMatchObject({
      outcome: "repaired",
      tables: [{ repaired: 1 }],
    });
    expect(await repair({ table: "places", keys: '[["D4", "4"], ["E5", 5]]' })).toMatchObject({
      tables: [{ repaired: 2 }],
    });
    await expect(repair({ table: "places", keys: "D4" })).rejects.toThrow("which has 2 key column(s): shelf, slot");
    await expect(repair({ keys: "1" })).rejects.toThrow("Name it with --table");
    expect(await verify()).toBe("equal");
  });

  test("never lays an older row over a newer one while everything is being written to", async () => {
    const writer = startWriter(pair);
    const ruined = [];
    for (let round = 0; round < 5; round += 1) {
      await pair.onTarget(`
        DELETE FROM parcels WHERE id % 10 = ${round};
        UPDATE parcels SET label = 'ruined' WHERE id % 10 = ${round + 5};
        INSERT INTO parcels SELECT n, 'extra', 0, 0 FROM generate_series(${10_000 + round * 100}, ${10_050 + round * 100}) n ON CONFLICT DO NOTHING`);
      ruined.push(await repair());
    }
    const versions = await writer.stop();

    await catchUp(pair, plan);
    await repair();
    expect(await verify()).toBe("equal");
    expect(ruined.every(({ outcome }) => outcome !== "equal")).toBe(true);
    // What the writer was told is committed is what the target has: not one newer version was lost.
    const there = await pair.onTarget("SELECT id, version FROM parcels WHERE version > 0");
    expect(new Map(there.map(({ id, version }) => [Number(id), Number(version)]))).toEqual(versions);
  }, 120_000);

  test("follows for the time of the repair where nobody runs the stream", async () => {
    await stream.close();
    await pair.onTarget("DELETE FROM parcels WHERE id = 60");
    await pair.onSource("UPDATE parcels SET label = 'meanwhile' WHERE id = 61");
    // What a stream that stands still would change yet cannot be told from what is wrong.
    expect(await repair({ dryRun: true })).toMatchObject({ outcome: "different", tables: [{ undecided: 2 }] });

    expect(await repair()).toMatchObject({ outcome: "repaired" });

    stream = await follow(pair, plan);
    expect(await verify()).toBe("equal");
  });

  describe("an audit of who wrote to the target", () => {
    const audit = async (table: string) => {
      const { outcome, tables } = await auditWriters({ plan, addresses: pair.addresses, table });
      return { outcome, ...tables[0] };
    };

    test("tells the stream's rows by their origin, the copy's by their time, and whoever else wrote", async () => {
      expect(await audit("places")).toMatchObject({ outcome: "clean", rows: { stream: 3, other: 0, earlier: 29_997 } });
      await pair.onTarget("UPDATE places SET parcel = -1 WHERE slot = 200");

      expect(await audit("places")).toMatchObject({
        outcome: "foreign",
        rows: { stream: 3, other: 1, earlier: 29_996 },
        examples: [{ key: { slot: "200" }, origin: "" }],
      });
      const { tables } = await verifyStream({ plan, addresses: pair.addresses, table: "places" });
      expect(tables[0]?.examples.map(({ cause }) => cause.code)).toEqual(["foreign-writer"]);
    });

    test("says so when nothing can tell", async () => {
      const { outcome, tables } = await auditWriters({ plan: { ...plan, name: "other" }, addresses: pair.addresses });

      expect([outcome, tables[0]?.rows, tables[0]?.guard]).toEqual(["unknown", null, null]);
      expect(tables[0]?.blind).toContain("under no replication origin");
    });

    test("believes the guard, who has let nobody in, or counted who came", async () => {
      const observed = { ...plan, guard: "observe" as const };
      await installGuard(observed, pair.addresses, "observe", silent);
      expect(await audit("mail")).toMatchObject({ outcome: "clean", guard: "observe" });
      await pair.onTarget("DELETE FROM mail WHERE number = 1");

      expect(await audit("mail")).toMatchObject({
        outcome: "foreign",
        foreignWrites: [{ op: "DELETE", statements: 1 }],
      });
      const { tables } = await verifyStream({ plan, addresses: pair.addresses, table: "mail" });
      expect(tables[0]?.examples.map(({ cause }) => cause.code)).toEqual(["foreign-delete"]);
    });
  });
});

/** Writes new versions as fast as it can; answers with the last that was committed of each row. */
function startWriter(pair: Pair): { stop: () => Promise<Map<number, number>> } {
  let stopped = false;
  const versions = new Map<number, number>();
  const run = async () => {
    const client = new pg.Client(pair.addresses.source);
    await client.connect();
    for (let version = 1; !stopped; version += 1) {
      const id = 1 + ((version * 7919) % 2000);
      await client.query("UPDATE parcels SET version = $2 WHERE id = $1", [id, version]);
      versions.set(id, version);
    }
    await client.end();
    return versions;
  };
  const done = run();
  return {
    stop: () => {
      stopped = true;
      return done;
    },
  };
}
