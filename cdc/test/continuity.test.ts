import { execFile } from "node:child_process";
import { rename, rm } from "node:fs/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { OtherSourceError, SlotLostError, startStream } from "../src/index.ts";
import { judgeContinuity, type ContinuityFacts } from "../src/run/continuity.ts";
import { branchOf } from "../src/run/source-identity.ts";
import { catchUp, follow, planOf, sameTable, silent, startAgain, startPair, type Pair } from "./kit/pair.ts";

const SLOT = {
  active: false,
  confirmed: 90n,
  walStatus: "reserved",
  safeWalSize: null,
  keptBytes: 0n,
  database: "shop",
  twoPhase: true,
  failover: false,
  invalidationReason: null,
};
const FACTS: ContinuityFacts = {
  stream: "parcels",
  slotName: "strangler_parcels",
  stored: { system: "1", database: "shop", timeline: 1, applied: 100n },
  source: { system: "1", timeline: 1, database: "shop", inRecovery: false, logEnd: 200n, branchedAt: undefined },
  slot: SLOT,
};
const source = (change: Partial<ContinuityFacts["source"]>) => ({ source: { ...FACTS.source, ...change } });

describe("what may have happened to a source and its slot", () => {
  test.each<[string, Partial<ContinuityFacts>, string, string, RegExp]>([
    ["nothing", {}, "continuous", "go on", /begins where the stream stands/],
    ["the slot is kept under pressure", { slot: { ...SLOT, walStatus: "unreserved" } }, "continuous", "go on", /./],
    ["the source is a standby", source({ inRecovery: true, logEnd: 0n }), "standby", "wait", /taken over/],
    ["it is another server", source({ system: "2" }), "other server", "person", /system identifier/],
    ["it is another database", source({ database: "test" }), "other database", "person", /"shop", and this is "test"/],
    [
      "the database was renamed",
      { ...source({ database: "store" }), slot: { ...SLOT, database: "store" } },
      "renamed",
      "go on",
      /is called "store" now/,
    ],
    ["the slot was dropped", { slot: undefined }, "slot missing", "resync", /no slot "strangler_parcels" any more/],
    [
      "a standby took over without the slot",
      { ...source({ timeline: 2, branchedAt: 150n }), slot: undefined },
      "slot not kept",
      "resync",
      /failover slots/,
    ],
    [
      "a standby took over with the slot",
      source({ timeline: 2, branchedAt: 150n }),
      "taken over",
      "go on",
      /timeline 2/,
    ],
    [
      "a standby took over that had less than the target",
      source({ timeline: 2, branchedAt: 99n }),
      "history lost",
      "resync",
      /goes on from 0\/63 .* until 0\/64/,
    ],
    ["an older copy of the source was restored", source({ logEnd: 99n }), "log lost", "resync", /ends at 0\/63/],
    ["its log was removed", { slot: { ...SLOT, walStatus: "lost" } }, "slot lost", "resync", /max_slot_wal_keep_size/],
    [
      "it was idle for too long",
      { slot: { ...SLOT, invalidationReason: "idle_timeout" } },
      "slot lost",
      "resync",
      /idle_replication_slot_timeout/,
    ],
    ["somebody moved it", { slot: { ...SLOT, confirmed: 101n } }, "slot moved", "resync", /0\/64 was applied/],
  ])("%s", (_, change, state, remedy, sentence) => {
    const judged = judgeContinuity({ ...FACTS, ...change });

    expect([judged.state, judged.remedy]).toEqual([state, remedy]);
    expect(judged.sentence).toMatch(sentence);
  });

  test("a timeline's history says where it left each of its ancestors", () => {
    const history = "1\t0/3000148\tno recovery target specified\n\n2\t16/B374D848\tbefore 2026-01-01\n";

    expect(branchOf(history, 1)).toBe(0x3000148n);
    expect(branchOf(history, 2)).toBe(0x16b374d848n);
    expect(branchOf(history, 3)).toBeUndefined();
  });
});

describe("a stream whose source", () => {
  let pair: Pair;
  const plan = planOf([sameTable("ledger", ["id"], ["id", "label"])]);

  beforeAll(async () => {
    pair = await startPair();
    const table = "CREATE TABLE ledger (id int PRIMARY KEY, label text)";
    await Promise.all([pair.onSource(table), pair.onTarget(table)]);
    await pair.onSource("CREATE DATABASE other");
    await (await follow(pair, plan)).close();
  });
  afterAll(() => pair.remove());

  const startedOn = async (url: string) => {
    const addresses = { ...pair.addresses, source: url, capture: url };
    return startStream({ plan, addresses, log: silent }).finished;
  };
  const onOther = async (sql: string) => {
    const client = new pg.Client({ connectionString: databaseUrl("other") });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  const databaseUrl = (name: string) => pair.addresses.source.replace(/\/postgres$/, `/${name}`);

  test("was renamed goes on", async () => {
    const url = databaseUrl("store");
    await onOther("ALTER DATABASE postgres RENAME TO store");
    await (await follow({ ...pair, addresses: { ...pair.addresses, source: url, capture: url } }, plan)).close();
    await onOther("ALTER DATABASE store RENAME TO postgres");

    await (await follow(pair, plan)).close();
    expect(await pair.onTarget("SELECT source_database, source_timeline FROM strangler.stream_position")).toEqual([
      { source_database: "postgres", source_timeline: "1" },
    ]);
  });

  test("is another database or another server is left alone", async () => {
    await onOther(
      "CREATE TABLE ledger (id int PRIMARY KEY, label text); CREATE PUBLICATION strangler_parcels FOR TABLE ledger WITH (publish_via_partition_root)",
    );

    await expect(startedOn(databaseUrl("other"))).rejects.toThrow(/not the database that was copied from/);
    const [stored] = await pair.onTarget("SELECT source_system FROM strangler.stream_position");
    await pair.onTarget("UPDATE strangler.stream_position SET source_system = '1'");
    await expect(startedOn(pair.addresses.source)).rejects.toThrow(OtherSourceError);
    await pair.onTarget("UPDATE strangler.stream_position SET source_system = $1", [stored?.["source_system"]]);
  });

  test("was restored from an older copy stops, although its slot is there", async () => {
    await pair.source.stop("fast");
    const older = `${pair.source.dataDirectory}-older`;
    await promisify(execFile)("cp", ["-a", pair.source.dataDirectory, older]);
    await startAgain(pair.source);
    const stream = await follow(pair, plan);
    await pair.onSource("INSERT INTO ledger SELECT n, 'lost at the source' FROM generate_series(1, 1000) n");
    await catchUp(pair, plan);
    await stream.close();
    await pair.source.stop("fast");
    await rm(pair.source.dataDirectory, { recursive: true });
    await rename(older, pair.source.dataDirectory);
    await startAgain(pair.source);

    await expect(startedOn(pair.addresses.source)).rejects.toMatchObject({ state: "log lost" });
    await expect(startedOn(pair.addresses.source)).rejects.toThrow(SlotLostError);
  });
});
