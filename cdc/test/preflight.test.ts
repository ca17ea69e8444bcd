import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { PostgresVersion } from "@strangler/test-kit";
import pg from "pg";
import { adviceLine, preflight } from "../src/index.ts";
import { judgePreflight, type BothFacts } from "../src/check/judge-preflight.ts";
import type { PreflightFacts } from "../src/check/preflight-facts.ts";
import { planOf, sameTable, startPair, type Pair } from "./kit/pair.ts";

const FIT: PreflightFacts = {
  version: 180_000,
  role: "capture",
  database: "shop",
  settings: {
    wal_level: "logical",
    wal_sender_timeout: "60000",
    max_slot_wal_keep_size: "51200",
    logical_decoding_work_mem: "65536",
    idle_replication_slot_timeout: "0",
    synchronized_standby_slots: "standby",
  },
  slots: { used: 1, limit: 10, physical: 1 },
  senders: { used: 1, limit: 10 },
  encoding: "UTF8",
  collation: { name: "C", version: null, actualVersion: null },
  longTransactions: [],
  preparedTransactions: [],
  mayLogSnapshot: true,
  tables: [],
  extensions: [],
  freeBytes: undefined,
};
const TABLE = { schema: "public", name: "parcels", kind: "r", isUnlogged: false, bytes: 2 ** 30, needsExtensions: [] };

const both = (
  change: Partial<Record<"source" | "target", Partial<PreflightFacts>>>,
  wantsFailover = true,
): BothFacts => ({
  source: { ...FIT, ...change.source },
  target: { ...FIT, ...change.target },
  wantsFailover,
});
const settings = (change: Record<string, string>) => ({ source: { settings: { ...FIT.settings, ...change } } });

describe("the preflight", () => {
  test("has nothing to say of servers that are fit", () => {
    expect(judgePreflight(both({ source: { tables: [TABLE] } }))).toEqual([]);
  });

  test.each<[string, BothFacts, RegExp]>([
    [
      "wal-level",
      both(settings({ wal_level: "replica" })),
      /source: wal_level is "replica".*ALTER SYSTEM SET wal_level = logical.*restart/,
    ],
    [
      "free-slots",
      both({ source: { slots: { used: 9, limit: 10, physical: 0 } } }),
      /9 of 10 .*max_replication_slots = 18/,
    ],
    ["free-senders", both({ source: { senders: { used: 10, limit: 10 } } }), /10 of 10 .*max_wal_senders/],
    ["sender-timeout", both(settings({ wal_sender_timeout: "0" })), /is off.*'60s'/],
    ["sender-timeout", both(settings({ wal_sender_timeout: "2000" })), /is 2000 ms/],
    ["slot-limit", both(settings({ max_slot_wal_keep_size: "-1" })), /fills the source's disk.*'50GB'/],
    ["idle-slot-timeout", both(settings({ idle_replication_slot_timeout: "3600" })), /is 3600 s.*re-synced/],
    ["decoding-memory", both(settings({ logical_decoding_work_mem: "64" })), /is 64 kB.*'64MB'/],
    ["idle-log", both({ source: { mayLogSnapshot: false } }), /GRANT EXECUTE ON FUNCTION .* TO "capture"/],
    ["failover-slot", both(settings({ synchronized_standby_slots: "" })), /is empty.*sync_replication_slots = on/],
    ["failover-slot", both({ source: { version: 160_004 } }), /needs PostgreSQL 17/],
    [
      "collation-version",
      both({ target: { collation: { name: "de_DE", version: "2.36", actualVersion: "2.40" } } }),
      /target: .*version 2\.36 .* 2\.40 now.*REINDEX DATABASE "shop"/,
    ],
    ["encoding", both({ target: { encoding: "LATIN1" } }), /target: its encoding is LATIN1, the source's is UTF8/],
    ["encoding", both({ source: { encoding: "SQL_ASCII" } }), /source: its encoding is SQL_ASCII/],
    [
      "long-transaction",
      both({ source: { longTransactions: [{ pid: 7, database: "shop", user: "clerk", seconds: 900 }] } }),
      /"clerk" in "shop" has been writing for 900 s.*pg_terminate_backend\(7\)/,
    ],
    [
      "prepared-transaction",
      both({ target: { preparedTransactions: [{ name: "it's", database: "shop", seconds: 90 }] } }),
      /target: the transaction 'it''s'.*COMMIT PREPARED 'it''s'/,
    ],
    [
      "unlogged-table",
      both({ source: { tables: [{ ...TABLE, isUnlogged: true }] } }),
      /ALTER TABLE "public"\."parcels" SET LOGGED/,
    ],
    ["foreign-table", both({ source: { tables: [{ ...TABLE, kind: "f" }] } }), /public\.parcels is a foreign table/],
    [
      "extension",
      both({ source: { tables: [{ ...TABLE, needsExtensions: ["citext"] }] } }),
      /target: the extension "citext".*CREATE EXTENSION "citext"/,
    ],
    [
      "disk",
      both({ source: { tables: [TABLE] }, target: { freeBytes: 2 ** 30 } }),
      /target: its disk has 1\.0 GiB left/,
    ],
    ["disk", both({ source: { freeBytes: 2 ** 30 } }), /source: its disk has 1\.0 GiB left/],
  ])("says of %s what to change", (check, facts, line) => {
    const advice = judgePreflight(facts);

    expect(advice.map((each) => each.check)).toEqual([check]);
    expect(advice.map(adviceLine).join()).toMatch(line);
  });
});

describe.each<PostgresVersion>([15, 18])("the preflight of servers of PostgreSQL %i", (version) => {
  let pair: Pair;
  const plan = planOf([sameTable("parcels", ["id"], ["id", "label"])]);

  beforeAll(async () => {
    pair = await startPair(
      { source: version, target: version },
      { max_prepared_transactions: 5, max_slot_wal_keep_size: -1 },
    );
  });
  afterAll(() => pair.remove());

  test("reads what is there, names it with its SQL, and changes nothing", async () => {
    await pair.onSource("CREATE EXTENSION citext; CREATE UNLOGGED TABLE parcels (id int PRIMARY KEY, label citext)");
    await pair.onTarget("CREATE TABLE parcels (id int PRIMARY KEY, label text)");
    const writer = new pg.Client({ connectionString: pair.addresses.source });
    await writer.connect();
    await writer.query("BEGIN; INSERT INTO parcels VALUES (1, 'a'); PREPARE TRANSACTION 'undecided'");
    await writer.end();

    const { problems, advice } = await preflight(plan, pair.addresses);

    expect(problems).toEqual([]);
    expect(advice.map(({ side, check, sql }) => [side, check, sql])).toEqual([
      ["source", "slot-limit", "ALTER SYSTEM SET max_slot_wal_keep_size = '50GB'; SELECT pg_reload_conf();"],
      ["source", "unlogged-table", 'ALTER TABLE "public"."parcels" SET LOGGED;'],
      ["target", "extension", 'CREATE EXTENSION "citext";'],
    ]);
    expect(await pair.onSource("SELECT 1 FROM pg_publication UNION ALL SELECT 1 FROM pg_replication_slots")).toEqual(
      [],
    );
  });
});
