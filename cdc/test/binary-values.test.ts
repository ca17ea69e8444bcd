// The binary forms that are made here are held against the server's own: it reads each text itself and compares.
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createDatabase, type TestDatabase } from "@strangler/test-kit";
import pg from "pg";
import { createArrayParameter, binaryType } from "../src/apply/array-parameter.ts";

describe("a value in its binary form", () => {
  let database: TestDatabase;
  let client: pg.Client;

  beforeAll(async () => {
    database = await createDatabase();
    client = new pg.Client({ connectionString: database.url, types: { getTypeParser: () => (text: unknown) => text } });
    await client.connect();
    await client.query("SET timezone = 'UTC'; SET datestyle = 'ISO'; SELECT setseed(0.5)");
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  const parameter = (typeId: number, texts: readonly (string | null)[]) => {
    const array = createArrayParameter(typeId);
    for (const text of texts) {
      const body = Buffer.from(text ?? "");
      const head = Buffer.alloc(5, "t");
      head.writeInt32BE(body.length, 1);
      array.push(text === null ? Buffer.from("n") : Buffer.concat([head, body]), 0);
    }
    return Buffer.from(array.finish());
  };

  const RANDOM: Record<number, string> = {
    20: "(random() * 2 - 1) * 9.2e18",
    21: "(random() * 2 - 1) * 32767",
    23: "(random() * 2 - 1) * 2147483647",
    1082: "date '2000-01-01' + ((random() * 2 - 1) * 2400000)::int",
    1114: "timestamp '2000-01-01' + (random() * 2 - 1) * interval '6000 years' * random()",
    1184: "timestamptz '2000-01-01' + (random() * 2 - 1) * interval '250 years'",
  };
  const EDGES: Record<number, string[]> = {
    20: [
      "0",
      "-1",
      "999999999999999",
      "-999999999999999",
      "1000000000000000",
      "-9223372036854775808",
      "9223372036854775807",
    ],
    21: ["0", "-32768", "32767"],
    23: ["0", "-2147483648", "2147483647"],
    1082: [
      "infinity",
      "-infinity",
      "2000-01-01",
      "1999-12-31",
      "2000-02-29",
      "1900-03-01",
      "0001-01-01",
      "0001-12-31 BC",
      "4713-01-01 BC",
      "5874897-12-31",
    ],
    1114: [
      "infinity",
      "-infinity",
      "2000-01-01 00:00:00",
      "1999-12-31 23:59:59.999999",
      "294276-12-31 23:59:59.999999",
      "4713-01-01 00:00:00 BC",
      "0001-12-31 23:59:59.5 BC",
      "2024-02-29 12:00:00.000001",
    ],
    1184: [
      "infinity",
      "-infinity",
      "2024-03-10 01:02:03.123456+00",
      "0044-03-15 00:00:00+00 BC",
      "10000-01-01 00:00:00+00",
      "1714-06-01 00:00:00.1+00",
    ],
  };

  test.each(Object.keys(RANDOM).map(Number))("of type %i is what the server makes of its text", async (typeId) => {
    const type = binaryType(typeId) ?? "";
    const made = await client.query<{ v: string }>(
      `SELECT (${RANDOM[typeId]})::${type} AS v FROM generate_series(1, 5000)`,
    );
    const texts = [...made.rows.map(({ v }) => v), ...(EDGES[typeId] ?? [])];

    const { rows } = await client.query(
      `SELECT text FROM unnest($1::text[], $2::${type}[]) AS t(text, value) WHERE text::${type} IS DISTINCT FROM value`,
      [texts, parameter(typeId, texts)],
    );

    expect(rows).toEqual([]);
  });

  test.each(Object.keys(RANDOM).map(Number))("of type %i may be null", async (typeId) => {
    const { rows } = await client.query(`SELECT $1::${binaryType(typeId)}[] AS values`, [
      parameter(typeId, [null, null]),
    ]);

    expect(rows).toEqual([{ values: "{NULL,NULL}" }]);
  });

  test.each([
    [23, "12a"],
    [1082, "10/03/2024"],
    [1114, "2024-03-10T01:02:03"],
    [1184, "2024-03-10 01:02:03+02"],
    [1184, "2024-03-10 01:02:03.1234x"],
  ])("of type %i is refused when its text is not as expected: %s", (typeId, text) => {
    expect(() => parameter(typeId, [text])).toThrow(/does not read as its type/);
  });
});
