import { describe, expect, test } from "@jest/globals";
import { createFrameReader } from "../src/capture/frames.ts";
import { decodeMessage } from "../src/capture/pgoutput.ts";
import { readTuple } from "../src/capture/tuple.ts";
import { createArrayParameter } from "../src/apply/array-parameter.ts";

const text = (value: string) => `t${int32(Buffer.byteLength(value))}${value}`;
const int16 = (value: number) => bytes(2, (buffer) => buffer.writeInt16BE(value));
const int32 = (value: number) => bytes(4, (buffer) => buffer.writeInt32BE(value));
const int64 = (value: bigint) => bytes(8, (buffer) => buffer.writeBigInt64BE(value));

function bytes(size: number, write: (buffer: Buffer) => void): string {
  const buffer = Buffer.alloc(size);
  write(buffer);
  return buffer.toString("latin1");
}

function decode(message: string) {
  const buffer = Buffer.from(message, "latin1");
  return decodeMessage(buffer, 0, buffer.length);
}

describe("the decoder", () => {
  test("reads where a transaction begins and ends", () => {
    expect(decode(`B${int64(0x16b374d848n)}${int64(1_000_000n)}${int32(571)}`)).toEqual({
      kind: "begin",
      finalLsn: 0x16b374d848n,
      commitTime: 1_000_000n,
      transactionId: 571,
    });
    expect(decode(`C\0${int64(5n)}${int64(9n)}${int64(7n)}`)).toEqual({
      kind: "commit",
      commitLsn: 5n,
      endLsn: 9n,
      commitTime: 7n,
    });
  });

  test("reads a table's layout", () => {
    const columns = `\u0001id\0${int32(23)}${int32(-1)}\0label\0${int32(1043)}${int32(24)}`;

    expect(decode(`R${int32(16384)}public\0parcels\0d${int16(2)}${columns}`)).toEqual({
      kind: "relation",
      relation: {
        id: 16384,
        schema: "public",
        name: "parcels",
        replicaIdentity: "default",
        columns: [
          { name: "id", typeId: 23, typeModifier: -1, isKey: true },
          { name: "label", typeId: 1043, typeModifier: 24, isKey: false },
        ],
      },
    });
  });

  test("reads an update with its old key, a null and an untouched value", () => {
    const message = decode(`U${int32(7)}K${int16(3)}${text("1")}nnN${int16(3)}${text("2")}nu`);

    if (message.kind !== "row") throw new Error(message.kind);
    expect(message).toMatchObject({ op: "update", relationId: 7, oldIs: "key" });
    expect(readTuple(message.bytes, message.old)).toEqual(["1", null, null]);
    expect(readTuple(message.bytes, message.new)).toEqual(["2", null, { unchanged: true }]);
  });

  test("reads inserts, deletes, truncates, origins, types and messages", () => {
    expect(decode(`I${int32(7)}N${int16(1)}${text("")}`)).toMatchObject({ op: "insert", oldIs: "none", old: -1 });
    expect(decode(`D${int32(7)}O${int16(1)}n`)).toMatchObject({ op: "delete", oldIs: "full", new: -1 });
    expect(decode(`T${int32(2)}\u0003${int32(7)}${int32(8)}`)).toEqual({
      kind: "truncate",
      relationIds: [7, 8],
      cascade: true,
      restartIdentity: true,
    });
    expect(decode(`O${int64(1n)}elsewhere\0`)).toEqual({ kind: "origin", originLsn: 1n, name: "elsewhere" });
    expect(decode(`Y${int32(99)}public\0mood\0`)).toEqual({ kind: "type", typeId: 99, schema: "public", name: "mood" });
    expect(decode(`M\u0001${int64(3n)}strangler\0${int32(2)}hi`)).toMatchObject({
      transactional: true,
      prefix: "strangler",
      content: Buffer.from("hi"),
    });
  });

  test.each(["S", "E", "c", "A", "b", "P", "K", "r", "p", "?"])(
    "refuses a message %s, which was not asked for",
    (letter) => {
      expect(() => decode(`${letter}${int64(1n)}${int64(1n)}`)).toThrow(/not asked for/);
    },
  );

  test("refuses a row that does not end where its message ends", () => {
    expect(() => decode(`I${int32(7)}N${int16(1)}n!`)).toThrow(/left over/);
    expect(() => decode(`I${int32(7)}N${int16(1)}b${int32(1)}x`)).toThrow(/kind "b"/);
    expect(() => decode(`U${int32(7)}Q${int16(1)}n`)).toThrow(/where "N" belongs/);
  });
});

describe("the frame reader", () => {
  const frames = ["first", "", "a longer one that is cut"].map((body) => `d${int32(4 + body.length)}${body}`);
  const stream = Buffer.from(frames.join(""), "latin1");

  test("finds the same messages wherever the chunks are cut", () => {
    for (let size = 1; size <= stream.length; size += 1) {
      const found: string[] = [];
      const read = createFrameReader((_type, chunk, start, end) => found.push(chunk.toString("latin1", start, end)));
      for (let at = 0; at < stream.length; at += size) read(Buffer.from(stream.subarray(at, at + size)));

      expect(found).toEqual(["first", "", "a longer one that is cut"]);
    }
  });

  // node-postgres' parser moves what is half received to the front of a buffer that earlier messages still point into.
  test("never overwrites a message that was handed on", () => {
    const kept: { chunk: Buffer; start: number; end: number }[] = [];
    const read = createFrameReader((_type, chunk, start, end) => kept.push({ chunk, start, end }));
    const bodies = Array.from({ length: 500 }, (_, n) => `message ${n} ${"x".repeat(n % 90)}`);
    const all = Buffer.from(bodies.map((body) => `d${int32(4 + body.length)}${body}`).join(""), "latin1");
    for (let at = 0; at < all.length; at += 777) read(Buffer.from(all.subarray(at, at + 777)));

    expect(kept.map(({ chunk, start, end }) => chunk.toString("latin1", start, end))).toEqual(bodies);
  });
});

describe("an array parameter", () => {
  const build = (values: (string | null)[]) => {
    const array = createArrayParameter(0);
    for (const value of values) array.push(Buffer.from(value === null ? "n" : text(value), "latin1"), 0);
    return array.finish().toString("latin1");
  };

  test("of texts is PostgreSQL's binary form of them", () => {
    expect(build(["ab", null])).toBe(
      `${int32(1)}${int32(1)}${int32(25)}${int32(2)}${int32(1)}${int32(2)}ab${int32(-1)}`,
    );
    expect(build([])).toBe(`${int32(0)}${int32(0)}${int32(25)}`);
  });

  test("grows with what it holds", () => {
    const large = "y".repeat(100_000);

    expect(build([large, "z"])).toContain(`${large}${int32(1)}z`);
  });
});
