// What the target refuses is parked whole, with every later transaction that touches it; everything independent goes on.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import type { PostgresVersion } from "@strangler/test-kit";
import {
  discardParkedTransaction,
  readParked,
  readParkedTransaction,
  retryParkedTransactions,
  type ParkedTransaction,
  type RunningStream,
} from "../src/index.ts";
import { catchUp, follow, planOf, sameTable, silent, startPair, type Pair } from "./kit/pair.ts";

describe.each<[PostgresVersion, PostgresVersion]>([
  [18, 18],
  [15, 15],
])("a stream from PostgreSQL %i to %i whose target refuses a change", (source, target) => {
  let pair: Pair;
  let stream: RunningStream;

  const plan = planOf([
    sameTable("senders", ["id"], ["id", "name", "rank"]),
    sameTable("parcels", ["id"], ["id", "sender", "label", "weight"]),
    sameTable("ledger", ["id"], ["id", "amount", "note"]),
  ]);
  const tables = `
    CREATE TABLE senders (id int PRIMARY KEY, name text UNIQUE, rank int);
    CREATE TABLE parcels (id int PRIMARY KEY, sender int REFERENCES senders, label text, weight int);
    CREATE TABLE ledger (id int PRIMARY KEY, amount int, note text)`;

  beforeAll(async () => {
    pair = await startPair({ source, target });
    for (const ask of [pair.onSource, pair.onTarget]) await ask(tables);
    await pair.onTarget(`
      ALTER TABLE senders ADD CONSTRAINT short CHECK (length(name) < 10);
      ALTER TABLE ledger ADD CONSTRAINT small CHECK (amount < 1000)`);
    stream = await follow(pair, plan, { pieceChanges: 50 });
  });
  afterAll(async () => {
    await stream.close();
    await pair.remove();
  });

  const all =
    "SELECT 'senders' AS t, s::text FROM senders s UNION ALL SELECT 'parcels', p::text FROM parcels p UNION ALL SELECT 'ledger', l::text FROM ledger l ORDER BY 1, 2";
  const expectSame = async () => expect(await pair.onTarget(all)).toEqual(await pair.onSource(all));
  const parked = async (): Promise<ParkedTransaction[]> =>
    (await readParked(plan, pair.addresses)).filter(({ state }) => state !== "discarded");
  const relax = () =>
    pair.onTarget(
      "ALTER TABLE senders DROP CONSTRAINT IF EXISTS short; ALTER TABLE ledger DROP CONSTRAINT IF EXISTS small",
    );
  const harden = () =>
    pair.onTarget(
      "ALTER TABLE senders ADD CONSTRAINT short CHECK (length(name) < 10) NOT VALID; ALTER TABLE ledger ADD CONSTRAINT small CHECK (amount < 1000) NOT VALID",
    );
  const retryAll = () => retryParkedTransactions(plan, pair.addresses, "all", { log: silent });

  test("parks its whole transaction and what touches it, lets the rest pass, and applies all in order when it is retried", async () => {
    await pair.onSource("INSERT INTO senders VALUES (1, 'anna', 1), (2, 'bert', 1)");
    await pair.onSource(
      "BEGIN; INSERT INTO ledger VALUES (1, 5, 'same transaction'); INSERT INTO senders VALUES (3, 'far too long', 1); COMMIT",
    );
    await pair.onSource("UPDATE ledger SET note = 'touches what is parked' WHERE id = 1");
    await pair.onSource("INSERT INTO parcels VALUES (1, 3, 'child of a parked parent', 1)");
    await pair.onSource(
      "BEGIN; UPDATE parcels SET weight = 2 WHERE id = 1; INSERT INTO parcels VALUES (2, 1, 'transitively', 1); COMMIT",
    );
    await pair.onSource("UPDATE parcels SET label = 'behind that' WHERE id = 2");
    await pair.onSource("INSERT INTO parcels VALUES (3, 1, 'independent', 1)");
    await pair.onSource("UPDATE senders SET rank = 9 WHERE id = 1");
    await catchUp(pair, plan);

    expect(await pair.onTarget("SELECT id, label FROM parcels")).toEqual([{ id: "3", label: "independent" }]);
    expect(await pair.onTarget("SELECT id, rank FROM senders ORDER BY id")).toEqual([
      { id: "1", rank: "9" },
      { id: "2", rank: "1" },
    ]);
    expect(await pair.onTarget("SELECT * FROM ledger")).toEqual([]);
    const found = await parked();
    expect(found.map(({ waitsFor, changes }) => [waitsFor === null, changes])).toEqual([
      [true, 2],
      [false, 1],
      [false, 1],
      [false, 2],
      [false, 1],
    ]);
    expect(found[0]).toMatchObject({
      table: "public.senders",
      key: "id = 3",
      sqlState: "23514",
      reason: expect.stringContaining('"short"'),
    });
    expect(stream.status()).toMatchObject({
      state: "following",
      parked: { transactions: 5, oldestAt: found[0]?.parkedAt },
    });

    const still = await retryAll();
    expect(still.map(({ outcome }) => outcome)).toEqual(["refused", "waits", "waits", "waits", "waits"]);
    await relax();
    expect((await retryAll()).map(({ outcome }) => outcome)).toEqual(Array.from({ length: 5 }, () => "applied"));
    await expectSame();
    expect(stream.status().parked).toEqual({ transactions: 0, keys: 0, oldestAt: null });
    await harden();
  });

  test("finds the one among many that arrived together", async () => {
    await stream.close();
    for (let id = 100; id < 130; id += 1)
      await pair.onSource(`INSERT INTO ledger VALUES (${id}, ${id === 117 ? 5000 : 1}, 'many')`);
    stream = await follow(pair, plan, { pieceChanges: 50 });
    await catchUp(pair, plan);

    expect(await pair.onTarget("SELECT count(*) FROM ledger WHERE note = 'many'")).toEqual([{ count: "29" }]);
    expect((await parked()).map(({ key }) => key)).toEqual(["id = 117"]);
    await relax();
    await retryAll();
    await expectSame();
    await harden();
  });

  test("parks a transaction of many pieces whole, wherever in it the refused change stands", async () => {
    await pair.onSource("INSERT INTO ledger VALUES (200, 1, 'before')");
    await pair.onSource(
      "BEGIN; UPDATE ledger SET note = 'changed'; INSERT INTO ledger SELECT n, n - 699, 'piece' FROM generate_series(1000, 1700) n; COMMIT",
    );
    await pair.onSource("INSERT INTO senders VALUES (50, 'free', 1)");
    await pair.onSource("UPDATE ledger SET note = 'later' WHERE id = 1650");
    await catchUp(pair, plan);

    expect(await pair.onTarget("SELECT count(*) FROM ledger WHERE id >= 1000 OR note = 'changed'")).toEqual([
      { count: "0" },
    ]);
    expect(await pair.onTarget("SELECT name FROM senders WHERE id = 50")).toEqual([{ name: "free" }]);
    const found = await parked();
    expect(found.map(({ changes, waitsFor }) => [changes > 700, waitsFor])).toEqual([
      [true, null],
      [false, found[0]?.id],
    ]);
    await relax();
    await retryAll();
    await expectSame();
    await harden();
  });

  test("parks a TRUNCATE behind what is parked of its table, and what follows behind the TRUNCATE", async () => {
    await pair.onSource("INSERT INTO ledger VALUES (300, 9999, 'parked')");
    await pair.onSource("TRUNCATE ledger");
    await pair.onSource("INSERT INTO ledger VALUES (301, 1, 'new')");
    await catchUp(pair, plan);

    expect((await parked()).map(({ waitsFor }) => waitsFor === null)).toEqual([true, false, false]);
    expect(Number((await pair.onTarget("SELECT count(*) FROM ledger"))[0]?.["count"])).toBeGreaterThan(10);
    await relax();
    await retryAll();
    await expectSame();
    await harden();
  });

  test("keeps its rows from being read anew beside the log, so that none goes back when it is retried", async () => {
    await pair.onSource("INSERT INTO ledger VALUES (60, 5, 'free')");
    await pair.onSource("UPDATE ledger SET amount = 5000 WHERE id = 60");
    await pair.onSource("UPDATE ledger SET amount = 7, note = 'behind it' WHERE id = 60");
    await catchUp(pair, plan);
    await pair.onTarget(
      "INSERT INTO strangler.repair_key (stream, source_table, target_table, key, reason) VALUES ('parcels', 'public.ledger', 'public.ledger', '{60}', 'asked for')",
    );
    await waitFor("the row to be read", async () => {
      return (await pair.onTarget("SELECT 1 FROM strangler.repair_key")).length === 0;
    });

    expect(await pair.onTarget("SELECT amount FROM ledger WHERE id = 60")).toEqual([{ amount: "5" }]);
    await relax();
    await retryAll();
    await expectSame();
    await harden();
  });

  test("remembers what is parked over a restart, and is retried while it does not run", async () => {
    await pair.onSource("INSERT INTO senders VALUES (60, 'much too long', 1)");
    await catchUp(pair, plan);
    await stream.close();
    await pair.onSource("UPDATE senders SET rank = 2 WHERE id = 60");
    stream = await follow(pair, plan, { pieceChanges: 50 });
    await catchUp(pair, plan);
    expect(stream.status().parked.transactions).toBe(2);

    await stream.close();
    await relax();
    expect((await retryAll()).map(({ outcome }) => outcome)).toEqual(["applied", "applied"]);
    await expectSame();
    await harden();
    stream = await follow(pair, plan, { pieceChanges: 50 });
  });

  test("shows keys and words, and values only when they are asked for; a discarded one leaves a line with its reason", async () => {
    await pair.onSource("INSERT INTO senders VALUES (70, 'secret beyond', 1)");
    await catchUp(pair, plan);
    const [{ id = "" } = {}] = await parked();

    const hidden = await readParkedTransaction(plan, pair.addresses, id);
    const shown = await readParkedTransaction(plan, pair.addresses, id, { values: true });
    expect(JSON.stringify(hidden)).not.toContain("secret");
    expect(hidden.shown).toEqual([
      { op: "insert", table: "public.senders", old: null, new: { id: "70", name: "(hidden)", rank: "(hidden)" } },
    ]);
    expect(shown.shown[0]?.new).toEqual({ id: "70", name: "secret beyond", rank: "1" });

    await discardParkedTransaction(plan, pair.addresses, id, "the sender asked us to forget", { log: silent });
    expect(await readParked(plan, pair.addresses)).toContainEqual(
      expect.objectContaining({ id, state: "discarded", discardReason: "the sender asked us to forget" }),
    );
    expect(stream.status().parked.transactions).toBe(0);
    await expect(retryParkedTransactions(plan, pair.addresses, "99999", { log: silent })).rejects.toMatchObject({
      code: "STREAM_NOT_PARKED",
    });
    await pair.onSource("DELETE FROM senders WHERE id = 70");
    await catchUp(pair, plan);
  });

  test("stops with a sentence when more would be parked than is allowed", async () => {
    await stream.close();
    stream = await follow(pair, plan, { parkedTransactions: 2 });
    for (let id = 400; id < 403; id += 1) await pair.onSource(`INSERT INTO ledger VALUES (${id}, 7000, 'too many')`);

    await expect(stream.finished).rejects.toThrow(/2 transactions are parked, the limit is 2.*Nothing is lost/);
    await relax();
    stream = await follow(pair, plan);
    await catchUp(pair, plan);
    await retryAll();
    await waitFor(
      "all to be there",
      async () => JSON.stringify(await pair.onTarget(all)) === JSON.stringify(await pair.onSource(all)),
    );
  });
});
