import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { RunningStream } from "../src/index.ts";
import { catchUp, follow, planOf, sameTable, startPair, type Pair } from "./kit/pair.ts";

const columns = ["id", "label", "weight", "note"];
const plan = planOf([sameTable("parcels", ["id"], columns)]);
const TABLE = `CREATE TABLE parcels (id int PRIMARY KEY, label text NOT NULL, weight numeric, note text)`;

describe("a stream", () => {
  let pair: Pair;
  let stream: RunningStream;

  beforeAll(async () => {
    pair = await startPair();
    await pair.onSource(TABLE);
    await pair.onTarget(TABLE);
    await pair.onSource("INSERT INTO parcels SELECT n, 'parcel ' || n, n / 3.0, NULL FROM generate_series(1, 1000) n");
    stream = await follow(pair, plan);
  });
  afterAll(async () => {
    await stream.close();
    await pair.remove();
  });

  const expectSame = async () => {
    await catchUp(pair, plan);
    const all = "SELECT * FROM parcels ORDER BY id";
    expect(await pair.onTarget(all)).toEqual(await pair.onSource(all));
  };

  test("copies what is there", expectSame);

  test("follows inserts, updates and deletes", async () => {
    await pair.onSource("INSERT INTO parcels VALUES (2001, 'new', 1.5, 'ä')");
    await pair.onSource("UPDATE parcels SET weight = NULL WHERE id <= 10");
    await pair.onSource("DELETE FROM parcels WHERE id BETWEEN 20 AND 30");
    await expectSame();
  });
});
