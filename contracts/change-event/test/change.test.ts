import { readFile } from "node:fs/promises";
import { describe, expect, test } from "@jest/globals";
import {
  changeEventSchema,
  findCollisions,
  formatPosition,
  messageEventSchema,
  parsePosition,
  tableTopic,
  transactionEventSchema,
} from "../src/index.ts";

type Captured = { topic: string; value: unknown };

const read = (file: string) => readFile(new URL(file, import.meta.url), "utf8");

async function captured(file: string): Promise<Captured[]> {
  const lines = (await read(`fixtures/debezium-3.6.0.Final/${file}`)).trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Captured).filter(({ value }) => value !== null);
}

describe("the envelope", () => {
  test("takes the example messages and everything that a real Debezium has written", async () => {
    const example = JSON.parse(await read("../src/messages.example.json")) as Record<"changed" | "ended", unknown>;
    expect(changeEventSchema.parse(example.changed)).toEqual(example.changed);
    expect(transactionEventSchema.parse(example.ended)).toEqual(example.ended);

    const kinds = new Set<string>();
    for (const { topic, value } of await captured("schemas-off.jsonl")) {
      const event = typeof value === "string" ? (JSON.parse(value) as unknown) : value;
      const kind = topic.endsWith(".transaction") ? "transaction" : topic.endsWith(".message") ? "message" : "change";
      const schema = { transaction: transactionEventSchema, message: messageEventSchema, change: changeEventSchema }[
        kind
      ];
      if (!topic.startsWith("__")) expect(schema.parse(event)).toEqual(event);
      kinds.add(kind);
    }
    expect([...kinds].sort()).toEqual(["change", "message", "transaction"]);
  });

  test("refuses a removal that still has the row, and a sequence that is not one", async () => {
    const { changed } = JSON.parse(await read("../src/messages.example.json")) as { changed: Record<string, unknown> };
    const source = changed["source"] as object;

    expect(changeEventSchema.safeParse({ ...changed, op: "d" }).success).toBe(false);
    expect(changeEventSchema.safeParse({ ...changed, source: { ...source, sequence: "[1,2]" } }).success).toBe(false);
  });
});

describe("names", () => {
  test("are made fit for Kafka, and those that then meet are found", () => {
    expect(tableTopic("depot", "public", "par cels")).toBe("depot.public.par_cels");
    const topics = ["par cels", "par_cels", "ledger"].map((table) => ({ topic: tableTopic("d", "s", table), table }));
    expect([...findCollisions(topics)]).toEqual([["d.s.par_cels", ["par cels", "par_cels"]]]);
  });

  test("of positions come back as they were written", () => {
    const position = { commitLsn: "16/B374D848", serial: 12 };
    expect(parsePosition(formatPosition(position))).toEqual(position);
    expect(parsePosition("4711")).toBeUndefined();
  });
});
