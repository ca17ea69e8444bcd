import { describe, expect, test } from "@jest/globals";
import type { PgoutputMessage } from "../../src/capture/pgoutput.ts";
import { readTuple } from "../../src/capture/tuple.ts";
import { createAssembler } from "../../src/kafka/consume/assemble.ts";
import { AT_THE_BEGINNING, parseCursor, type TopicCursor } from "../../src/kafka/consume/cursor.ts";
import { tableOf } from "../../src/kafka/consume/kafka-table.ts";
import { createEventReader } from "../../src/kafka/consume/read-event.ts";
import { createRowWriter } from "../../src/kafka/consume/row-bytes.ts";
import type { IncomingRecord } from "../../src/kafka/port.ts";

const COLUMNS = [
  { name: "id", type: "pg_catalog.int4", typeId: 23, typeModifier: -1, isKey: true },
  { name: "n", type: "pg_catalog.int4", typeId: 23, typeModifier: -1, isKey: false },
];
const NAMES = ["parcels", "places", "ledger"];
const TABLES = NAMES.map((name, place) => tableOf(place + 1, "shop", { schema: "public", name }, COLUMNS));
const TRANSACTIONS = "shop.transaction";

type Topics = Map<string, IncomingRecord[][]>;
type History = { topics: Topics; transactions: string[][] };

describe("topics told as one log", () => {
  // Random histories, partitions, arrivals and crashes; each seed is one of them.
  test("whole transactions in commit order, each once, however the messages arrive, repeat and break off", () => {
    for (let seed = 1; seed <= 300; seed += 1) {
      const random = randomFrom(seed);
      const history = makeHistory(random);
      const { told, snapshots } = run(history, random);

      expect({ seed, told }).toEqual({ seed, told: history.transactions });
      expect(new Set(snapshots).size).toBe(snapshots.length);
    }
  });

  test("that have lost an event of a transaction are refused, with the place", () => {
    const history = makeHistory(randomFrom(7));
    const [partition = []] = history.topics.get("shop.public.parcels") ?? [];
    for (const log of history.topics.get("shop.public.parcels") ?? []) {
      const at = log.findIndex(({ value }) => value?.includes('"op":"u"'));
      if (at >= 0 && at < log.length - 1) log.splice(at, 1);
    }

    expect(partition.length).toBeGreaterThan(3);
    expect(() => run(history, randomFrom(7))).toThrow(
      /that the transaction \d+:\d+ has for public.parcels .*is not in its topic/,
    );
  });

  test("without transactions are told partition by partition, and a truncate among several is refused", () => {
    const change = { value: Buffer.from(event("parcels", "c", 1, 1, undefined, 0)) };
    const truncate = { value: Buffer.from(event("parcels", "t", 1, 1, undefined, 0)) };
    const feed = (partitions: number, values: { value: Buffer }[]) => {
      const emitted: PgoutputMessage[] = [];
      const assembler = createAssembler({
        ...assemblerOptions(AT_THE_BEGINNING, (message) => emitted.push(message)),
        transactionTopic: undefined,
        partitions: places("shop.public.parcels", partitions),
      });
      const records = values.map(({ value }, offset) => recordOf(offset, value.toString()));
      assembler.add({ topic: "shop.public.parcels", partition: 0, records, end: records.length });
      assembler.tell();
      return emitted.map(({ kind }) => kind);
    };

    expect(feed(2, [change, change])).toEqual(["begin", "relation", "row", "row", "commit"]);
    expect(feed(1, [change, truncate])).toEqual(["begin", "relation", "row", "truncate", "commit"]);
    expect(() => feed(2, [change, truncate])).toThrow(/nobody knows which rows came before it/);
  });
});

// Delivers in random pieces, holds the listener back now and then, and begins anew from the last commit's cursor.
function run({ topics }: History, random: Random) {
  const told: string[][] = [];
  const snapshots: string[] = [];
  let cursor = AT_THE_BEGINNING;
  let position = 0n;
  for (let isDone = false; !isDone;) {
    let current: string[] = [];
    let isHeld = false;
    const assembler = createAssembler({
      ...assemblerOptions(cursor, (message) => {
        if (message.kind === "row") current.push(describeRow(message));
        if (random(20) === 0) isHeld = true;
        if (message.kind !== "commit") return;
        expect(message.endLsn).toBeGreaterThan(position);
        position = message.endLsn;
        cursor = parseCursor(message.cursor ?? null);
        snapshots.push(...current.filter((row) => row.startsWith("r")));
        const changes = current.filter((row) => !row.startsWith("r"));
        if (changes.length > 0) told.push(changes);
        current = [];
      }),
      position,
      isHeld: () => isHeld,
      partitions: [...topics]
        .filter(([topic]) => topic !== TRANSACTIONS)
        .flatMap(([topic, logs]) => places(topic, logs.length)),
    });
    isDone = deliver(topics, cursor, random, assembler.add, () => {
      isHeld = false;
      assembler.tell();
    });
    while (isDone && isHeld) {
      isHeld = false;
      assembler.tell();
    }
  }
  return { told, snapshots };
}

// Answers false when it broke off before everything was delivered.
function deliver(
  topics: Topics,
  cursor: TopicCursor,
  random: Random,
  add: ReturnType<typeof createAssembler>["add"],
  tell: () => void,
): boolean {
  const left = [...topics].flatMap(([topic, logs]) =>
    logs.map((log, partition) => ({ topic, partition, log, at: cursor.offsets[topic]?.[partition] ?? 0 })),
  );
  for (;;) {
    const open = left.filter(({ log, at }) => at < log.length);
    const chosen = open[random(open.length)];
    if (chosen === undefined) return true;
    if (random(40) === 0) return false;
    const until = chosen.at + 1 + random(5);
    add({ ...chosen, records: chosen.log.slice(chosen.at, until), end: chosen.log.length });
    chosen.at = until;
    tell();
  }
}

function assemblerOptions(from: TopicCursor, emit: (message: PgoutputMessage) => void) {
  const readEvent = createEventReader(createRowWriter());
  return { tables: TABLES, transactionTopic: TRANSACTIONS, from, position: 0n, readEvent, emit, isHeld: () => false };
}

function places(topic: string, partitions: number) {
  return Array.from({ length: partitions }, (_, partition) => ({ topic, partition, first: 0 }));
}

function makeHistory(random: Random): History {
  const topics: Topics = new Map([[TRANSACTIONS, [[]]]]);
  for (const name of [...NAMES, "elsewhere"])
    topics.set(
      `shop.public.${name}`,
      Array.from({ length: 1 + random(3) }, () => []),
    );
  const transactions: string[][] = [];
  const write = (name: string, id: number, value: string) => {
    const logs = topics.get(`shop.public.${name}`) as IncomingRecord[][];
    const log = logs[id % logs.length] as IncomingRecord[];
    log.push(recordOf(log.length, value));
  };
  const ends = topics.get(TRANSACTIONS)?.[0] as IncomingRecord[];
  for (let id = 0; id < random(10); id += 1) write("parcels", id, event("parcels", "r", id, 0, undefined, 0));
  let position = 1_000;
  let serial = 0;
  for (let transaction = 1; transaction <= 15; transaction += 1) {
    const count = random(6);
    const rows: string[] = [];
    const counts: Record<string, number> = {};
    const events: (() => void)[] = [];
    const behind = position;
    for (let order = 1; order <= count; order += 1) {
      const name = [...NAMES, "elsewhere"][random(4)] ?? "";
      const id = random(5);
      const collectionOrder = (counts[name] = (counts[name] ?? 0) + 1);
      const n = (serial += 1);
      if (name !== "elsewhere") rows.push(`u ${NAMES.indexOf(name) + 1} ${id} ${n}`);
      events.push(() => write(name, id, event(name, "u", id, n, [transaction, order, collectionOrder], behind)));
      if (random(10) === 0) write("places", id, event("places", "r", id, (serial += 1), undefined, 0));
    }
    position += 100;
    const end = () => ends.push(recordOf(ends.length, endOf(transaction, position, counts)));
    const begun = () =>
      ends.push(recordOf(ends.length, JSON.stringify({ status: "BEGIN", id: `${transaction}:${behind}` })));
    begun();
    for (const each of events) each();
    end();
    if (rows.length > 0) transactions.push(rows);
    // The connector dies here, and writes the last again: some of it, or all.
    if (random(4) === 0) for (const each of events.slice(random(count + 1))) each();
    if (random(4) === 0) end();
  }
  return { topics, transactions };
}

function event(
  name: string,
  op: string,
  id: number,
  n: number,
  place: [number, number, number] | undefined,
  behind: number,
) {
  const transaction = place && {
    id: `${place[0]}:${behind + 10}`,
    total_order: place[1],
    data_collection_order: place[2],
  };
  const source = {
    ts_ms: 1,
    schema: "public",
    table: name,
    sequence: behind > 0 ? `["${behind}","${behind + 5}"]` : null,
  };
  return JSON.stringify({
    before: null,
    after: { id, n: op === "r" ? -n : n },
    source,
    transaction: transaction ?? null,
    op,
  });
}

function endOf(transaction: number, position: number, counts: Record<string, number>): string {
  const collections = Object.entries(counts).map(([name, count]) => ({
    data_collection: `public.${name}`,
    event_count: count,
  }));
  return JSON.stringify({
    status: "END",
    id: `${transaction}:${position}`,
    event_count: 0,
    data_collections: collections,
    ts_ms: 1,
  });
}

function recordOf(offset: number, value: string): IncomingRecord {
  return { offset, key: null, value: Buffer.from(value), headers: {}, timestampMs: 0 };
}

function describeRow(message: Extract<PgoutputMessage, { kind: "row" }>): string {
  const [id, n] = readTuple(message.bytes, message.new) as [string, string];
  return `${message.op === "insert" ? "r" : "u"} ${message.relationId} ${id} ${n}`;
}

type Random = (below: number) => number;

// Mulberry32, public domain.
function randomFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  };
}
