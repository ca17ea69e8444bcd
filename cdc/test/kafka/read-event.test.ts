import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createDatabase, type TestDatabase } from "@strangler/test-kit";
import { readTuple } from "../../src/capture/tuple.ts";
import { findTable } from "../../src/catalog/table-facts.ts";
import { createEventReader, type ReadEvent } from "../../src/kafka/consume/read-event.ts";
import { readTransactionEnd } from "../../src/kafka/consume/read-transaction.ts";
import { createRowWriter } from "../../src/kafka/consume/row-bytes.ts";
import { tableOf, type KafkaTable } from "../../src/kafka/consume/kafka-table.ts";
import type { IncomingRecord } from "../../src/kafka/port.ts";
import { closeSession, openSession } from "../../src/postgres/session.ts";
import { SCHEMA, TABLES, TRANSACTIONS } from "../kit/debezium-scenario.ts";

const FIXTURES = path.join(import.meta.dirname, "../../../contracts/change-event/test/fixtures/debezium-3.6.0.Final");

type Captured = {
  topic: string;
  offset: string;
  key: string | null;
  value: string | null;
  headers: Record<string, string>;
};

function captured(file: string, topic = ""): (Captured & { record: IncomingRecord })[] {
  return readFileSync(path.join(FIXTURES, `${file}.jsonl`), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Captured)
    .filter((message) => message.topic.endsWith(topic))
    .map((message) => ({ ...message, record: recordOf(message) }));
}

function recordOf({ offset, key, value, headers }: Captured): IncomingRecord {
  return {
    offset: Number(offset),
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
    timestampMs: 0,
  };
}

describe("events that a real Debezium has written", () => {
  let database: TestDatabase;
  const tables = new Map<string, KafkaTable>();
  const read = createEventReader(createRowWriter());

  beforeAll(async () => {
    database = await createDatabase();
    const session = await openSession({ url: database.url, what: "The test", application: "test" });
    await session.query(SCHEMA);
    for (const sql of TRANSACTIONS.filter((each) => each.startsWith("INSERT INTO kinds"))) await session.query(sql);
    for (const name of TABLES) {
      const facts = await findTable(session, { schema: "public", name });
      if (facts === undefined) throw new Error(name);
      const key = facts.uniqueKeys[0]?.columns ?? [];
      const columns = facts.columns.map((column) => ({ ...column, isKey: key.includes(column.name) }));
      tables.set(name, tableOf(1, "shop", { schema: "public", name }, columns));
    }
    await closeSession(session);
  });
  afterAll(() => database.drop());

  const tableNamed = (name: string, without: readonly string[] = []): KafkaTable => {
    const table = tables.get(name);
    if (table === undefined) throw new Error(name);
    const columns = table.columns.filter((column) => !without.includes(column.name));
    return { ...table, columns };
  };

  // What the connector leaves out by itself: types that it does not know.
  const UNKNOWN = ["a_name", "a_box", "a_path", "a_lsn", "a_tid"];

  /** Gives each value of an event to the server, and answers those that come out of it as another text than the row has. */
  const lossesOf = async (file: string, id: number, without: readonly string[]) => {
    const table = tableNamed("kinds", without);
    const [event] = captured(file, ".kinds")
      .filter(({ value }) => value?.includes(`"after":{"id":${id},`))
      .map(({ record }) => read(record, table));
    const values = valuesOf(event);
    const losses: Record<string, string> = {};
    for (const [place, { name, type, typeModifier }] of table.columns.entries()) {
      // The length, too: without it, char(5) would lose its blanks.
      const [row] = await database.query<{ theirs: string | null; ours: string | null }>(
        `SELECT t.${name}::text AS ours, CASE WHEN $1::text IS NULL THEN NULL ELSE $1::text::${type}::text END AS theirs FROM kinds t WHERE id = ${id}`,
        [values[place]],
      );
      if (row?.ours !== row?.theirs) losses[name] = `${row?.ours} as ${row?.theirs} (${typeModifier})`;
    }
    return losses;
  };

  const DEFAULT_LOSSES = {
    // In UTC, and the zone that it was written with is gone.
    a_timetz: "01:02:03.5+02 as 23:02:03.5+00 (-1)",
    // Months and days become hours of an average month.
    a_interval: "1 mon 2 days 03:04:05.678901 as 781:34:05.678901 (-1)",
    // Behind the decimal point, zeros at the end are gone.
    some_numeric: "{1.50,NULL} as {1.5,NULL} (-1)",
  };

  test("give the server's own text of nearly every type back, with schemas and without", async () => {
    expect(await lossesOf("schemas-on", 1, UNKNOWN)).toEqual(DEFAULT_LOSSES);
    expect(await lossesOf("schemas-off", 1, UNKNOWN)).toEqual(DEFAULT_LOSSES);
    expect(await lossesOf("schemas-off", 3, UNKNOWN)).toEqual({ a_interval: expect.stringContaining("-7 mons as ") });
  });

  test("give it back in the connector's other modes, as far as they carry it", async () => {
    const mode = "connect-time-string-decimals";
    await expect(lossesOf(mode, 1, UNKNOWN)).rejects.toThrow(
      /The column "a_bytea" is a bytea, and a string is not read/,
    );
    expect(await lossesOf(mode, 1, [...UNKNOWN, "a_bytea"])).toEqual({
      a_time: "23:59:59.123456 as 23:59:59.123 (-1)",
      a_timestamp: "2024-03-10 02:30:00.999999 as 2024-03-10 02:30:00.999 (-1)",
      a_timetz: DEFAULT_LOSSES.a_timetz,
    });
    expect(Object.keys(await lossesOf("iso-time-double-decimals", 1, UNKNOWN))).toEqual([
      "a_numeric",
      "a_numeric_n",
      "a_numeric_0",
      // Hexadecimal is taken for base64 where no schema speaks of a text.
      "a_bytea",
      "a_timetz",
      "some_numeric",
    ]);
  });

  test("name a changed row, and say of large values that they did not change", () => {
    const parcels = tableNamed("parcels");
    const events = captured("schemas-off", ".parcels").map(({ record }) => read(record, parcels));

    expect(events.map(describeEvent)).toEqual([
      "insert 1,first,1.500,",
      expect.stringContaining("insert 2,second,,long long"),
      'insert 3,third,0.001,Ünder "glass"',
      "update 1,first,2.000,",
      "update 2,second,3.000,unchanged",
      "delete 3,,, old",
      "pass",
      'insert 30,third,0.001,Ünder "glass" new',
      "delete 30,,,",
      "pass",
      "insert 4,fourth,4.000,",
      "insert 5,fifth,,",
      "truncate",
      "insert 6,sixth,,",
    ]);
  });

  test("keep keys and amounts that JavaScript would round, and years before the common era", () => {
    const ledger = tableNamed("ledger");
    const events = captured("schemas-off", ".ledger").map(({ record }) => describeEvent(read(record, ledger)));

    expect(events).toContain("insert b,9007199254740993,-0.1,0044-03-15 12:00:00+00 BC");
    expect(events).toContain("insert a,2,100000000000000000000,infinity");
    expect(events).toContain("delete a,1,, old");
  });

  test("belong to their transaction, which the end of the transaction counts", () => {
    const ends = captured("schemas-off", ".transaction").map(({ record, topic }) => readTransactionEnd(record, topic));
    const sixth = ends.filter((end) => end !== undefined)[5];
    const ledger = tableNamed("ledger");
    const places = captured("schemas-off", ".ledger")
      .map(({ record }) => read(record, ledger))
      .flatMap((event) => (event.kind === "row" ? [event.place.transaction] : []));

    expect(sixth?.counts).toEqual(new Map(Object.entries({ "public.ledger": 5, "public.parcels": 1 })));
    expect(places.filter((place) => place?.key === sixth?.key)).toEqual(
      [1, 2, 3, 4, 5].map((order) => ({ key: sixth?.key, order: order + 1, collectionOrder: order })),
    );
    expect(places[0]).toBeUndefined();
  });

  // From the documentation of the MySQL connector, "Data change events".
  test("of MySQL differ in their source only", () => {
    const table = tableOf(1, "shop", { schema: "inventory", name: "customers" }, [
      { name: "id", type: "pg_catalog.int8", typeId: 20, typeModifier: -1, isKey: true },
      { name: "email", type: "pg_catalog.text", typeId: 25, typeModifier: -1, isKey: false },
      { name: "seen", type: "pg_catalog.timestamptz", typeId: 1184, typeModifier: -1, isKey: false },
      { name: "is_new", type: "pg_catalog.bool", typeId: 16, typeModifier: -1, isKey: false },
    ]);
    const value = `{"before":{"id":18446744073709551,"email":"a@b","seen":"2024-03-10T01:02:03Z","is_new":1},
      "after":{"id":18446744073709551,"email":"c@d","seen":"2024-03-10T01:02:04Z","is_new":0},
      "source":{"version":"3.6.0.Final","connector":"mysql","name":"shop","ts_ms":1465581029100,"snapshot":"false","db":"inventory",
      "sequence":null,"table":"customers","server_id":223344,"gtid":"24da167-0c0c-11e8-8442-00059a3c7b00:19","file":"mysql-bin.000003",
      "pos":484,"row":0,"thread":7,"query":null},
      "transaction":{"id":"24da167-0c0c-11e8-8442-00059a3c7b00:19","total_order":1,"data_collection_order":1},"op":"u","ts_ms":1465581029523}`;
    const event = read(recordOf({ topic: "", offset: "0", key: null, value, headers: {} }), table);

    expect(table.topic).toBe("shop.inventory.customers");
    expect(describeEvent(event)).toBe("update 18446744073709551,c@d,2024-03-10 01:02:04+00,0");
    expect(event.kind === "row" && event.place.transaction?.key).toBe("24da167-0c0c-11e8-8442-00059a3c7b00:19");
  });

  test("that are none are refused, with their place", () => {
    const parcels = tableNamed("parcels");
    const readText = (value: string) =>
      read(recordOf({ topic: "", offset: "7", key: null, value, headers: {} }), parcels);

    expect(() => readText("Objavro")).toThrow(/^shop.public.parcels at 7 is not a change event: it is not JSON/);
    expect(() => readText('{"id":1}')).toThrow(/it has no source/);
    expect(() => readText('{"before":null,"after":{"id":1,"label":"a"},"source":{},"op":"c"}')).toThrow(
      /have no "weight"; they have: id, label/,
    );
  });
});

function valuesOf(event: ReadEvent | undefined): unknown[] {
  if (event?.kind !== "row") throw new Error("no row");
  const { bytes, new: written, old } = event.message;
  return readTuple(bytes, written < 0 ? old : written);
}

function describeEvent(event: ReadEvent): string {
  if (event.kind !== "row") return event.kind;
  const texts = valuesOf(event).map((value) => (typeof value === "object" && value !== null ? "unchanged" : value));
  return `${event.message.op} ${texts.join(",")}${event.half === "none" ? "" : ` ${event.half}`}`;
}
