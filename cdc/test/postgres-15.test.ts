// PostgreSQL 15 speaks an older protocol (3), knows no origin option, and is the oldest that is supported: the main road on it,
// and from it to the newest, as on the way of an upgrade.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { PostgresVersion } from "@strangler/test-kit";
import { verifyStream, type RunningStream } from "../src/index.ts";
import { protocolVersion } from "../src/capture/log-reader.ts";
import { catchUp, follow, planOf, sameTable, startPair, type Pair } from "./kit/pair.ts";

test("each server is spoken to in the newest protocol that it knows", () => {
  expect([150_018, 160_000, 180_004].map(protocolVersion)).toEqual([3, 4, 4]);
});

describe.each<[PostgresVersion, PostgresVersion]>([
  [15, 15],
  [15, 18],
  [18, 15],
])("a stream from PostgreSQL %i to %i", (source, target) => {
  let pair: Pair;
  let stream: RunningStream;
  const plan = planOf([
    sameTable("parcels", ["id"], ["id", "label", "weight", "note"]),
    {
      ...sameTable("letters", ["id"], ["id", "title"]),
      where: { expression: "state <> 'draft'", from: ["state"] },
    },
  ]);

  beforeAll(async () => {
    pair = await startPair({ source, target });
    for (const ask of [pair.onSource, pair.onTarget]) {
      await ask(`CREATE TABLE parcels (id int PRIMARY KEY, label text UNIQUE, weight numeric, note text);
        ALTER TABLE parcels ALTER note SET STORAGE EXTERNAL`);
      await ask(
        "CREATE TABLE letters (id int PRIMARY KEY, title text, state text); ALTER TABLE letters REPLICA IDENTITY FULL",
      );
    }
    await pair.onSource("INSERT INTO parcels SELECT n, 'p' || n, n, repeat('x', 5000) FROM generate_series(1, 200) n");
    await pair.onSource("INSERT INTO letters VALUES (1, 'a', 'draft'), (2, 'b', 'sent')");
    stream = await follow(pair, plan);
  });
  afterAll(async () => {
    await stream.close();
    await pair.remove();
  });

  test("copies, follows and verifies", async () => {
    await pair.onSource(`INSERT INTO parcels VALUES (1000, 'new', 1.5, NULL);
      UPDATE parcels SET weight = weight / 3 WHERE id < 50; DELETE FROM parcels WHERE id = 60`);
    await pair.onSource("UPDATE parcels SET id = 2000 WHERE id = 61");
    await pair.onSource(
      "BEGIN; UPDATE parcels SET label = 'x' WHERE id = 1; UPDATE parcels SET label = 'p1' WHERE id = 2; UPDATE parcels SET label = 'p2' WHERE id = 1; COMMIT",
    );
    await pair.onSource("UPDATE letters SET state = CASE state WHEN 'draft' THEN 'sent' ELSE 'draft' END");
    await catchUp(pair, plan);

    const all = "SELECT * FROM parcels ORDER BY id";
    expect(await pair.onTarget(all)).toEqual(await pair.onSource(all));
    expect(await pair.onTarget("SELECT id, title FROM letters")).toEqual([{ id: "1", title: "a" }]);
    expect(await verifyStream({ plan, addresses: pair.addresses })).toMatchObject({ outcome: "equal" });
  });

  test("empties what is truncated, and goes on after a restart", async () => {
    await pair.onSource("TRUNCATE parcels; INSERT INTO parcels VALUES (1, 'only')");
    await catchUp(pair, plan);
    await stream.close();
    await pair.onSource("INSERT INTO parcels VALUES (2, 'meanwhile')");
    stream = await follow(pair, plan);
    await catchUp(pair, plan);

    expect(await pair.onTarget("SELECT label FROM parcels ORDER BY id")).toEqual([
      { label: "only" },
      { label: "meanwhile" },
    ]);
  });
});
