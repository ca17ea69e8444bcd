import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { RunningStream } from "../src/index.ts";
import { describeBothWays } from "./kit/both-ways.ts";
import { catchUp, follow, planOf, sameTable, type Pair } from "./kit/pair.ts";

// Not compressed, so that it lies apart from its row and is left out of the log when it does not change.
const LARGE = "repeat(md5(random()::text), 500)";

describeBothWays("a stream that follows", (startPair) => {
  let pair: Pair;
  let stream: RunningStream;

  const parcels = `CREATE TABLE parcels (
    id int PRIMARY KEY, label text NOT NULL UNIQUE, weight numeric, note text STORAGE EXTERNAL)`;
  const places = `CREATE TABLE places (shelf text, slot int, parcel int, PRIMARY KEY (shelf, slot))`;
  const plan = planOf([
    sameTable("parcels", ["id"], ["id", "label", "weight", "note"]),
    sameTable("places", ["shelf", "slot"], ["shelf", "slot", "parcel"]),
    {
      from: "public.letters",
      to: "public.mail",
      key: ["number"],
      where: { expression: "state <> 'draft' AND grams > 0", from: ["state", "grams"] },
      columns: {
        number: "id",
        subject: "title",
        kilograms: { expression: "grams / 1000.0", from: ["grams"] },
        is_sent: { expression: "state = 'sent' AND letters.grams < 500", from: ["state", "grams"] },
        body: "body",
      },
    },
  ]);

  beforeAll(async () => {
    pair = await startPair();
    await pair.onSource(`${parcels}; ${places}; CREATE TABLE letters (
      id int PRIMARY KEY, title varchar(40), grams int NOT NULL, state text NOT NULL, body text STORAGE EXTERNAL, secret text);
      ALTER TABLE letters REPLICA IDENTITY FULL`);
    await pair.onTarget(`${parcels}; ${places}; CREATE TABLE mail (
      number bigint PRIMARY KEY, subject text, kilograms numeric(8,3), is_sent boolean, body text, seen_by text DEFAULT 'nobody')`);
    await pair.onSource(
      `INSERT INTO parcels SELECT n, 'parcel ' || n, n / 3.0, CASE WHEN n % 100 = 0 THEN ${LARGE} END FROM generate_series(1, 1000) n`,
    );
    await pair.onSource(
      "INSERT INTO letters VALUES (1, 'kept', 100, 'sent', 'a', 's'), (2, 'draft', 100, 'draft', 'b', 's')",
    );
    stream = await follow(pair, plan, { pieceChanges: 200 });
  });
  afterAll(async () => {
    await stream.close();
    await pair.remove();
  });

  const expectSame = async (table: string) => {
    await catchUp(pair, plan);
    const all = `SELECT * FROM ${table} ORDER BY 1, 2`;
    expect(await pair.onTarget(all)).toEqual(await pair.onSource(all));
  };
  const mail = async () => {
    await catchUp(pair, plan);
    return pair.onTarget("SELECT number, subject, kilograms, is_sent, body FROM mail ORDER BY number");
  };

  test("has copied what was there before", () => expectSame("parcels"));

  test("applies inserts, updates and deletes", async () => {
    await pair.onSource("INSERT INTO parcels VALUES (2001, 'new', 1.5, 'ä')");
    await pair.onSource("UPDATE parcels SET weight = NULL WHERE id <= 10");
    await pair.onSource("DELETE FROM parcels WHERE id BETWEEN 20 AND 30");

    await expectSame("parcels");
  });

  test("leaves a large value alone that a change did not touch", async () => {
    await pair.onSource("UPDATE parcels SET weight = weight + 1 WHERE id % 100 = 0");
    await pair.onSource("UPDATE parcels SET note = note || '!', weight = 7 WHERE id = 100");
    await pair.onSource(
      "BEGIN; UPDATE parcels SET weight = 8 WHERE id = 200; UPDATE parcels SET label = 'two' WHERE id = 200; COMMIT",
    );
    await pair.onSource(
      `BEGIN; INSERT INTO parcels VALUES (3001, 'large', 1, ${LARGE}); UPDATE parcels SET weight = 2 WHERE id = 3001; COMMIT`,
    );

    await expectSame("parcels");
  });

  test("moves a row whose key changes, with the large value that the log does not carry", async () => {
    await pair.onSource("UPDATE parcels SET id = 5000 WHERE id = 300");
    await pair.onSource("UPDATE parcels SET id = 5001 WHERE id = 41");
    await pair.onSource("BEGIN; DELETE FROM parcels WHERE id = 42; UPDATE parcels SET id = 42 WHERE id = 43; COMMIT");
    await pair.onSource("INSERT INTO places VALUES ('a', 1, 1), ('a', 2, 2), ('b', 1, 3)");
    await pair.onSource("UPDATE places SET shelf = 'c' WHERE shelf = 'a'");

    await expectSame("parcels");
    await expectSame("places");
  });

  test("lets two rows swap a unique value", async () => {
    await pair.onSource(`BEGIN; UPDATE parcels SET label = 'x' WHERE id = 51; UPDATE parcels SET label = 'parcel 51' WHERE id = 52;
      UPDATE parcels SET label = 'parcel 52' WHERE id = 51; COMMIT`);

    await expectSame("parcels");
    expect(stream.status().oneByOne).toBeGreaterThan(0);
  });

  test("writes a row that is deleted and inserted anew", async () => {
    await pair.onSource(
      "BEGIN; DELETE FROM parcels WHERE id = 61; INSERT INTO parcels VALUES (61, 'again', 6); COMMIT",
    );
    await pair.onSource(
      "BEGIN; INSERT INTO parcels VALUES (62000, 'brief'); DELETE FROM parcels WHERE id = 62000; COMMIT",
    );

    await expectSame("parcels");
  });

  test("shows a transaction of many pieces whole or not at all", async () => {
    const sum = "SELECT sum(weight) FROM parcels";
    const seen = new Set([JSON.stringify(await pair.onTarget(sum))]);
    await pair.onSource(
      "BEGIN; UPDATE parcels SET weight = weight + 1; UPDATE parcels SET weight = weight * 2; COMMIT",
    );
    const caughtUp = catchUp(pair, plan);
    for (let done = false; !done;) {
      done = await Promise.race([caughtUp.then(() => true), pair.onTarget("SELECT").then(() => false)]);
      seen.add(JSON.stringify(await pair.onTarget(sum)));
    }

    expect(seen.size).toBe(2);
    await expectSame("parcels");
  });

  test("empties a table that is truncated, in its place among the other changes", async () => {
    await pair.onSource(
      "BEGIN; INSERT INTO places VALUES ('z', 9, 9); TRUNCATE places; INSERT INTO places VALUES ('y', 1, 1); COMMIT",
    );

    await expectSame("places");
    expect(await pair.onTarget("SELECT * FROM places")).toHaveLength(1);
  });

  test("copies only the rows that fulfil the filter, renamed and computed", async () => {
    expect(await mail()).toEqual([{ number: "1", subject: "kept", kilograms: "0.100", is_sent: "t", body: "a" }]);
  });

  test("lets a row appear when it comes to fulfil the filter, with its large values, and disappear when it ceases to", async () => {
    await pair.onSource(`INSERT INTO letters VALUES (3, 'long', 700, 'draft', ${LARGE}, 's')`);
    await pair.onSource("UPDATE letters SET state = 'ready' WHERE id IN (2, 3)");
    await pair.onSource("UPDATE letters SET grams = 0 WHERE id = 1");

    const [{ body } = {}] = await pair.onSource("SELECT body FROM letters WHERE id = 3");
    expect(await mail()).toEqual([
      { number: "2", subject: "draft", kilograms: "0.100", is_sent: "f", body: "b" },
      { number: "3", subject: "long", kilograms: "0.700", is_sent: "f", body },
    ]);
  });

  test("leaves the target's own columns alone", async () => {
    await pair.onTarget("UPDATE mail SET seen_by = 'anna' WHERE number = 2");
    await pair.onSource("UPDATE letters SET title = 'new title' WHERE id = 2");

    await catchUp(pair, plan);
    expect(await pair.onTarget("SELECT subject, seen_by FROM mail WHERE number = 2")).toEqual([
      { subject: "new title", seen_by: "anna" },
    ]);
  });

  test("does not let triggers and foreign keys of the target act a second time", async () => {
    await pair.onTarget(`CREATE TABLE audit (what text); CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN INSERT INTO audit VALUES (TG_OP); RETURN NEW; END $$;
      CREATE TRIGGER note AFTER INSERT OR UPDATE ON places FOR EACH ROW EXECUTE FUNCTION note()`);
    await pair.onSource("INSERT INTO places VALUES ('t', 1, 1)");

    await expectSame("places");
    expect(await pair.onTarget("SELECT * FROM audit")).toEqual([]);
  });

  test("takes markers and transactions of other tables for nothing but progress", async () => {
    await pair.onSource("CREATE TABLE elsewhere (id int); INSERT INTO elsewhere VALUES (1)");
    await pair.onSource("SELECT pg_logical_emit_message(false, 'other', 'not in a transaction')");

    await expectSame("places");
    expect(stream.status().state).toBe("following");
  });

  test("writes a row whole that somebody removed from the target, and counts it", async () => {
    await pair.onTarget("DELETE FROM parcels WHERE id = 500");
    await pair.onSource("UPDATE parcels SET note = 'back' WHERE id = 500");

    await expectSame("parcels");
    expect(stream.status().mended).toBe(1);
  });
});
