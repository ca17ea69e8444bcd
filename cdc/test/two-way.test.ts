// Two streams that are the two ways of one: neither carries back what the other has brought, and a row that both sides have changed ends
// alike on both.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import type { PostgresVersion } from "@strangler/test-kit";
import {
  armStream,
  checkStream,
  dropStream,
  pauseStream,
  readStreamControl,
  resumeStream,
  startStream,
  verifyStream,
  type RunningStream,
  type StreamAddresses,
  type StreamPlan,
} from "../src/index.ts";
import { findContradictions } from "../src/plan/contradictions.ts";
import { agree, RESOLUTIONS, type ConflictPolicy } from "../src/two-way/conflict-policy.ts";
import { catchUp, follow, planOf, sameTable, silent, startPair, type Pair } from "./kit/pair.ts";

const TABLES = `
  CREATE TABLE parcels (id int PRIMARY KEY, side text, n int, label text);
  CREATE TABLE scans (id int PRIMARY KEY, parcel int, n int);
  ALTER TABLE parcels REPLICA IDENTITY FULL; ALTER TABLE scans REPLICA IDENTITY FULL`;
const tables = [
  sameTable("parcels", ["id"], ["id", "side", "n", "label"]),
  sameTable("scans", ["id"], ["id", "parcel", "n"]),
];

/** A short while here; a minute with TWO_WAY_SECONDS=60. */
const LOAD_SECONDS = Number(process.env["TWO_WAY_SECONDS"] ?? 4);

function plansOf(there?: ConflictPolicy, back?: ConflictPolicy): { there: StreamPlan; back: StreamPlan } {
  const policy = (onConflict: ConflictPolicy | undefined) => (onConflict === undefined ? {} : { onConflict });
  return {
    there: { ...planOf(tables, "there"), reverse: "back", ...policy(there) },
    back: { ...planOf(tables, "back"), source: "shelf", target: "shop", reverse: "there", ...policy(back) },
  };
}

/** The same two servers, looked at from the other side. */
function turned(pair: Pair): Pair {
  const { source, target } = pair.addresses;
  const addresses: StreamAddresses = { source: target, target: source, capture: target, apply: source };
  return {
    ...pair,
    source: pair.target,
    target: pair.source,
    addresses,
    onSource: pair.onTarget,
    onTarget: pair.onSource,
  };
}

describe.each<[PostgresVersion, PostgresVersion]>([
  [18, 18],
  [15, 18],
])("two ways between PostgreSQL %i and %i", (source, target) => {
  let pair: Pair;
  let reverse: Pair;
  let there: RunningStream;
  let back: RunningStream;
  const plans = plansOf();

  beforeAll(async () => {
    pair = await startPair({ source, target });
    reverse = turned(pair);
    for (const ask of [pair.onSource, pair.onTarget]) await ask(TABLES);
    await pair.onSource("INSERT INTO parcels SELECT n, 'shop', 0, 'copied' FROM generate_series(1, 100) n");
  });
  afterAll(async () => {
    await Promise.all([there.close(), back.close()]);
    await pair.remove();
  });

  const everything = "SELECT 'p' AS t, p::text FROM parcels p UNION ALL SELECT 's', s::text FROM scans s ORDER BY 1, 2";
  const settle = async () => {
    await catchUp(pair, plans.there);
    await catchUp(reverse, plans.back);
  };

  test("the way back cannot wait for one that has never gone there", async () => {
    await expect(armStream(plans.back, reverse.addresses)).rejects.toMatchObject({ code: "STREAM_PAIR_NOT_READY" });
  });

  test("the way back is armed: it copies nothing, keeps its place in the log, and applies nothing", async () => {
    there = await follow(pair, plans.there);
    await armStream(plans.back, reverse.addresses);
    back = await follow(reverse, plans.back, { idleAdvanceMs: 100 });

    expect(back.status()).toMatchObject({ mode: "armed", copied: [] });
    const before = back.status().applied;
    await pair.onSource("UPDATE parcels SET n = n + 1");
    await catchUp(pair, plans.there);
    await waitFor("it to move on", () => back.status().applied > before);
    expect(back.status().changes).toBe(0);
    expect(await pair.onTarget(everything)).toEqual(await pair.onSource(everything));
  });

  test("from the moment it is let go, what is written there comes back, and nothing goes round", async () => {
    expect(await resumeStream(plans.back, reverse.addresses)).toMatchObject({ mode: "armed" });
    await waitFor("it to apply", () => back.status().mode === "applying");
    await pair.onTarget(
      "INSERT INTO parcels VALUES (1000, 'shelf', 1, 'written there'); UPDATE parcels SET label = 'changed there' WHERE id = 1",
    );
    await pair.onSource("UPDATE parcels SET label = 'changed here' WHERE id = 2");
    await settle();

    expect(await pair.onSource("SELECT id, label FROM parcels WHERE label <> 'copied' ORDER BY id")).toEqual([
      { id: "1", label: "changed there" },
      { id: "2", label: "changed here" },
      { id: "1000", label: "written there" },
    ]);
    expect(back.status().changes).toBe(2);
  });

  test(
    "under load on both sides every change is applied once on the other, and both end equal",
    async () => {
      const counts = { there: there.status().changes, back: back.status().changes };
      const write = async (ask: Pair["onSource"], side: string, first: number) => {
        let rows = 0;
        const until = performance.now() + LOAD_SECONDS * 1_000;
        for (let id = first; performance.now() < until; id += 3) {
          const key = first + Math.floor(Math.random() * (id - first + 1));
          await ask(
            `BEGIN; INSERT INTO parcels VALUES (${id}, '${side}', 0, 'load'), (${id + 1}, '${side}', 0, 'load'); INSERT INTO scans VALUES (${id}, ${id}, 1); COMMIT`,
          );
          const changed = await ask(`UPDATE parcels SET n = n + 1 WHERE id = ${key} RETURNING id`);
          rows += 3 + changed.length;
        }
        return rows;
      };
      const [written, writtenThere] = await Promise.all([
        write(pair.onSource, "shop", 10_000),
        write(pair.onTarget, "shelf", 1_000_000),
      ]);
      await settle();

      expect(await pair.onTarget(everything)).toEqual(await pair.onSource(everything));
      expect(there.status().changes - counts.there).toBe(written);
      expect(back.status().changes - counts.back).toBe(writtenThere);
      expect(await verifyStream({ plan: plans.there, addresses: pair.addresses })).toMatchObject({ outcome: "equal" });
    },
    LOAD_SECONDS * 1_000 + 60_000,
  );

  test("a stream that is paused holds its place over a restart, and goes on where it stood", async () => {
    await pauseStream(plans.there, pair.addresses, "the target is being mended");
    await waitFor("it to pause", () => there.status().mode === "paused");
    await pair.onSource("INSERT INTO parcels VALUES (5000, 'shop', 0, 'while paused')");
    await there.close();
    there = await follow(pair, plans.there);
    expect(there.status().mode).toBe("paused");
    expect(await readStreamControl(plans.there, pair.addresses)).toMatchObject({
      mode: "paused",
      reason: "the target is being mended",
    });
    expect(await pair.onTarget("SELECT 1 FROM parcels WHERE id = 5000")).toEqual([]);

    await resumeStream(plans.there, pair.addresses);
    await settle();
    expect(await pair.onTarget("SELECT label FROM parcels WHERE id = 5000")).toEqual([{ label: "while paused" }]);
  });
});

describe.each<[ConflictPolicy, ConflictPolicy]>([
  ["source-wins", "target-wins"],
  ["newest", "newest"],
  ["park", "park"],
])("rows that both sides have changed, with %s there and %s back", (policy, policyBack) => {
  let pair: Pair;
  let reverse: Pair;
  let there: RunningStream;
  let back: RunningStream;
  const plans = plansOf(policy, policyBack);

  beforeAll(async () => {
    const settings = { track_commit_timestamp: "on" };
    pair = await startPair({}, settings, settings);
    reverse = turned(pair);
    for (const ask of [pair.onSource, pair.onTarget]) await ask(TABLES);
    await pair.onSource("INSERT INTO parcels SELECT n, 'shop', 0, 'as it was' FROM generate_series(1, 20) n");
    there = await follow(pair, plans.there);
    back = await follow(reverse, plans.back);
  });
  afterAll(async () => {
    await Promise.all([there.close(), back.close()]);
    await pair.remove();
  });

  test("end alike on both sides, are counted by kind, and leave every other row alone", async () => {
    await pauseStream(plans.there, pair.addresses);
    await pauseStream(plans.back, reverse.addresses);
    await waitFor("both to pause", () => there.status().mode === "paused" && back.status().mode === "paused");
    await pair.onSource(
      "UPDATE parcels SET label = 'shop, earlier' WHERE id = 1; UPDATE parcels SET label = 'shop' WHERE id = 5",
    );
    await pair.onSource(
      "INSERT INTO parcels VALUES (100, 'shop', 1, 'shop, earlier'); UPDATE parcels SET label = 'shop' WHERE id = 3; DELETE FROM parcels WHERE id = 6",
    );
    await pair.onTarget(
      "UPDATE parcels SET label = 'shelf, later' WHERE id = 1; INSERT INTO parcels VALUES (100, 'shelf', 1, 'shelf, later')",
    );
    await pair.onTarget("DELETE FROM parcels WHERE id IN (3, 6); UPDATE parcels SET label = 'shelf' WHERE id = 7");
    await resumeStream(plans.there, pair.addresses);
    await resumeStream(plans.back, reverse.addresses);
    await catchUp(pair, plans.there);
    await catchUp(reverse, plans.back);
    await catchUp(pair, plans.there);

    const conflicts = (
      kind: "insert_exists" | "update_differs" | "update_missing" | "delete_differs" | "delete_missing",
    ) => [there.status().conflicts[kind], back.status().conflicts[kind]];
    const rows = "SELECT id, label FROM parcels WHERE id IN (1, 3, 5, 7, 100) ORDER BY id";
    if (policy === "park") {
      // Whole transactions are parked, on both sides, with the changes beside the one that met another.
      expect(conflicts("update_differs")).toEqual([1, 1]);
      expect(there.status().parked.transactions).toBeGreaterThan(0);
      expect(await pair.onTarget("SELECT label FROM parcels WHERE id = 5")).toEqual([{ label: "as it was" }]);
    } else {
      expect(conflicts("insert_exists")).toEqual([1, 1]);
      expect(conflicts("update_differs")).toEqual([1, 1]);
      expect(conflicts("update_missing")).toEqual([1, 0]);
      expect(conflicts("delete_differs")).toEqual([0, 1]);
      expect(conflicts("delete_missing")).toEqual([1, 1]);
      expect(await pair.onTarget(rows)).toEqual(await pair.onSource(rows));
      const winner = policy === "newest" ? "shelf, later" : "shop, earlier";
      expect(await pair.onSource("SELECT label FROM parcels WHERE id IN (1, 100)")).toEqual([
        { label: winner },
        { label: winner },
      ]);
      const gone = await pair.onSource("SELECT label FROM parcels WHERE id = 3");
      expect(gone).toEqual(policy === "newest" ? [] : [{ label: "shop" }]);
    }
  });

  test("a stream of the pair that is removed leaves its slot, its mark and its place behind nowhere", async () => {
    await back.close();
    await dropStream(plans.back, reverse.addresses);

    expect(
      await pair.onTarget("SELECT slot_name FROM pg_replication_slots WHERE slot_name = 'strangler_back'"),
    ).toEqual([]);
    expect(await pair.onSource("SELECT roname FROM pg_replication_origin WHERE roname = 'strangler_back'")).toEqual([]);
    expect(await pair.onSource("SELECT stream FROM strangler.stream_position")).toEqual([]);
  });
});

describe("a plan of two ways", () => {
  const { there, back } = plansOf("newest", "newest");
  const reasons = (streams: Record<string, StreamPlan>) => findContradictions(streams).map(({ reason }) => reason);

  test("is taken when both name each other and agree", () => {
    expect(reasons({ there, back })).toEqual([]);
  });

  test.each<[string, Record<string, StreamPlan>, RegExp]>([
    ["names nobody", { there: { ...there, reverse: "nowhere" } }, /there is no such stream/],
    ["is named by only one", { there, back: { ...back, reverse: "other" } }, /does not have "there" as its own/],
    ["does not lead back", { there, back: { ...back, source: "elsewhere" } }, /no way back/],
    [
      "would settle a conflict twice",
      { there, back: { ...back, onConflict: "target-wins" } },
      /so the two sides would part/,
    ],
    [
      "is a ring of three",
      {
        one: { ...planOf(tables, "one"), source: "a", target: "b" },
        two: { ...planOf(tables, "two"), source: "b", target: "c" },
        three: { ...planOf(tables, "three"), source: "c", target: "a" },
      },
      /go round for ever/,
    ],
  ])("is refused when it %s", (_what, streams, expected) => {
    expect(reasons(streams).join("\n")).toMatch(expected);
  });

  test("has policies that bring both sides to the same end, whatever meets", () => {
    const policies = Object.keys(RESOLUTIONS) as ConflictPolicy[];
    for (const one of policies)
      for (const other of policies) {
        if (!agree(one, other)) continue;
        const decided = (policy: ConflictPolicy) => RESOLUTIONS[policy].update_differs;
        if (decided(one) === "write") expect(decided(other)).toBe("skip");
        else if (decided(one) !== "skip") expect(decided(other)).toBe(decided(one));
      }
  });

  test("is refused where the target cannot tell what was written from what was brought, or when", async () => {
    const pair = await startPair();
    for (const ask of [pair.onSource, pair.onTarget]) await ask(TABLES);
    const names = (await checkStream(there, pair.addresses)).map(({ problem }) => problem);
    await pair.onTarget(
      "CREATE ROLE lesser LOGIN PASSWORD 'secret'; GRANT ALL ON ALL TABLES IN SCHEMA public TO lesser; GRANT SET ON PARAMETER session_replication_role TO lesser",
    );
    const apply = new URL(pair.addresses.target);
    apply.username = "lesser";
    apply.password = "secret";
    const lesser = await checkStream(there, { ...pair.addresses, target: apply.href, apply: apply.href });
    const alone = startStream({ plan: there, addresses: pair.addresses, log: silent });

    expect(names).toContain("NO_COMMIT_TIMESTAMPS");
    expect(lesser.find(({ problem }) => problem === "NO_ORIGIN_RIGHT")?.sentence).toMatch(
      /GRANT EXECUTE ON FUNCTION .*pg_replication_origin_session_setup.* TO "lesser"/,
    );
    await expect(alone.finished).rejects.toThrow(/track_commit_timestamp/);
    await pair.remove();
  });
});
