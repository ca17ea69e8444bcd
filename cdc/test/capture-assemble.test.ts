import { afterEach, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { createAssembler, type Assembler } from "../src/capture/assemble.ts";
import { decodeControl } from "../src/capture/control.ts";
import { readTuple } from "../src/capture/tuple.ts";
import type { PgoutputMessage } from "../src/capture/pgoutput.ts";

// Messages as the manual lays them out, written by hand.
const bytes = (size: number, write: (buffer: Buffer) => void): string => {
  const buffer = Buffer.alloc(size);
  write(buffer);
  return buffer.toString("latin1");
};
const int16 = (value: number) => bytes(2, (buffer) => buffer.writeInt16BE(value));
const int32 = (value: number) => bytes(4, (buffer) => buffer.writeInt32BE(value));
const int64 = (value: number) => bytes(8, (buffer) => buffer.writeBigInt64BE(BigInt(value)));

const TABLE = 7;
const relation = `R${int32(TABLE)}public\0ledger\0d${int16(1)}\u0001label\0${int32(25)}${int32(-1)}`;
const row = (label: string) => `I${int32(TABLE)}N${int16(1)}t${int32(label.length)}${label}`;
const begin = (lsn: number) => `B${int64(lsn)}${int64(1)}${int32(1)}`;
const commit = (lsn: number) => `C\0${int64(lsn)}${int64(lsn + 1)}${int64(1)}`;
const looseNote = (lsn: number) => `M\0${int64(lsn)}p\0${int32(0)}`;
/** The same message, made by a transaction that is sent while it runs. */
const by = (transaction: number, message: string) => message[0] + int32(transaction) + message.slice(1);
const start = (transaction: number, first = 1) => `S${int32(transaction)}${String.fromCharCode(first)}`;
const streamCommit = (transaction: number, lsn: number) =>
  `c${int32(transaction)}\0${int64(lsn)}${int64(lsn + 1)}${int64(1)}`;
const abort = (transaction: number, sub: number) => `A${int32(transaction)}${int32(sub)}`;
const prepared = (letter: "b" | "P" | "p", transaction: number, lsn: number) =>
  `${letter}${letter === "b" ? "" : "\0"}${int64(lsn)}${int64(lsn + 1)}${int64(1)}${int32(transaction)}gid${transaction}\0`;
const commitPrepared = (transaction: number, lsn: number) =>
  `K\0${int64(lsn)}${int64(lsn + 1)}${int64(1)}${int32(transaction)}gid${transaction}\0`;
const rollbackPrepared = (transaction: number) =>
  `r\0${int64(1)}${int64(2)}${int64(1)}${int64(1)}${int32(transaction)}gid${transaction}\0`;

const opened: Assembler[] = [];

/** An assembler and what it tells, in short: "begin 10", "relation", "row a", "commit 11", "note 5", "horizon 9". */
function assemble(applied = 0n) {
  const told: string[] = [];
  const failures: unknown[] = [];
  let holds = false;
  const assembler = createAssembler({
    listener: {
      onMessage: (message) => void told.push(brief(message)),
      onHorizon: (position) => void told.push(`horizon ${position}`),
    },
    applied,
    onHold: (hold) => (holds = hold),
    onFailure: (error) => failures.push(error),
  });
  opened.push(assembler);
  return {
    ...assembler,
    told,
    failures,
    send: (...messages: string[]) => {
      for (const message of messages) {
        const buffer = Buffer.from(message, "latin1");
        assembler.add(buffer, 0, buffer.length);
      }
    },
    settled: () => waitFor("all to be told", () => !holds),
  };
}

function brief(message: PgoutputMessage): string {
  if (message.kind === "row")
    return `row ${readTuple(message.bytes, message.new)
      .filter((value) => typeof value === "string")
      .join()}`;
  if (message.kind === "begin") return `begin ${message.finalLsn}`;
  if (message.kind === "commit") return `commit ${message.endLsn}`;
  return message.kind === "message" ? `note ${message.lsn}` : message.kind;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((assembler) => assembler.close()));
});

describe("the assembler", () => {
  test("tells an ordinary transaction as it comes", () => {
    const { send, told } = assemble();
    send(begin(10), relation, row("a"), commit(11), looseNote(12), begin(20), row("b"), commit(21));

    expect(told).toEqual(
      ["begin 10", "relation", "row a", "commit 12", "note 12"].concat(["begin 20", "row b", "commit 22"]),
    );
  });

  test("tells running transactions when they are committed, without what was undone in them", async () => {
    const { send, told, settled, view } = assemble();
    send(start(5), by(5, relation), by(5, row("a")), by(6, row("undone")), by(8, row("undone too")), "E");
    send(start(9), `O${int64(1)}elsewhere\0`, by(9, row("x")), "E", abort(5, 8), abort(5, 6));
    send(start(5, 0), by(5, row("b")), "E", abort(9, 9), streamCommit(5, 50));
    await settled();

    expect(told).toEqual(["begin 50", "relation", "row a", "row b", "commit 51"]);
    expect(view()).toEqual({ running: 0, prepared: 0, bytes: 0 });
  });

  test("holds what comes behind a transaction that is being told, and the transaction when nobody wants more", async () => {
    const { send, told, settled, pause, resume, addHorizon } = assemble();
    const large = "y".repeat(1000);
    send(start(5), by(5, relation), ...Array.from({ length: 2000 }, () => by(5, row(large))), "E");
    pause();
    send(streamCommit(5, 50), begin(60), row("behind"), commit(60));
    addHorizon(70n);
    await waitFor("some to be told", () => told.length > 10);
    const many = told.length;
    await new Promise((resolve) => setImmediate(resolve));

    expect(told.length).toBe(many);
    expect(many).toBeLessThan(600);
    resume();
    await settled();
    expect(told.slice(2002)).toEqual(["commit 51", "begin 60", "row behind", "commit 61", "horizon 70"]);
  });

  test("confirms nothing behind a prepared transaction that is undecided, or not on the target yet", async () => {
    const { send, told, settled, confirmable } = assemble();
    send(prepared("b", 3, 30), relation, row("p"), prepared("P", 3, 30));
    send(prepared("b", 4, 35), row("q"), prepared("P", 4, 35), begin(40), row("o"), commit(40));

    // The table's layout came with a transaction that is not told yet.
    expect(told).toEqual(["begin 40", "relation", "row o", "commit 41"]);
    expect(confirmable(41n)).toBe(30n);
    send(commitPrepared(3, 50), rollbackPrepared(4));
    await settled();
    expect(told.slice(4)).toEqual(["begin 50", "relation", "row p", "commit 51"]);
    expect(confirmable(41n)).toBe(30n);
    expect(confirmable(51n)).toBe(51n);
  });

  test("passes over what the target has, and keeps the layouts that came with it", async () => {
    const { send, told, settled } = assemble(45n);
    send(begin(10), relation, row("known"), commit(10), looseNote(45));
    send(start(5), by(5, relation), by(5, row("known")), "E", streamCommit(5, 30), commitPrepared(99, 40));
    await settled();
    send(prepared("b", 6, 42), row("prepared before, decided after"), prepared("P", 6, 42), commitPrepared(6, 50));
    await settled();

    expect(told).toEqual(["relation", "relation", "begin 50", "row prepared before, decided after", "commit 51"]);
  });

  test("refuses the decision on a prepared transaction that it never got, and messages out of their place", () => {
    const { send } = assemble();

    expect(() => send(commitPrepared(3, 50))).toThrow(/"gid3".*never|"gid3".*not send again/);
    expect(() => send("E")).toThrow(/streamStop/);
    expect(() => send(streamCommit(5, 50))).toThrow(/never began/);
    expect(() => decodeControl(Buffer.from("c1"), 0, 2)).toThrow(/of 2 bytes/);
  });

  test("says so when the disk takes no more, and tells nothing of the transaction", async () => {
    const failures: unknown[] = [];
    const told: string[] = [];
    const assembler = createAssembler({
      listener: { onMessage: (message) => void told.push(brief(message)), onHorizon: () => undefined },
      applied: 0n,
      onHold: () => undefined,
      onFailure: (error) => failures.push(error),
      spool: { folder: "/proc/nowhere" },
    });
    opened.push(assembler);
    const send = (message: string) => assembler.add(Buffer.from(message, "latin1"), 0, message.length);
    [start(5), ...Array.from({ length: 600 }, () => by(5, row("y".repeat(1000)))), "E", streamCommit(5, 50)].forEach(
      send,
    );
    await waitFor("the failure", () => failures.length > 0);

    expect(String(failures[0])).toMatch(/cannot be kept in \/proc\/nowhere .*TMPDIR/);
    expect(told).toEqual(["begin 50"]);
  });
});

describe("the messages about transactions", () => {
  test("are read with and without what only a parallel subscriber is sent", () => {
    const read = (message: string) => decodeControl(Buffer.from(message, "latin1"), 0, message.length);

    expect(read(`${abort(5, 6)}${int64(1)}${int64(2)}`)).toEqual(read(abort(5, 6)));
    expect(read(prepared("p", 5, 9))).toEqual({
      kind: "streamPrepare",
      prepareLsn: 9n,
      endLsn: 10n,
      transactionId: 5,
      name: "gid5",
    });
    expect(read(rollbackPrepared(5))).toEqual({ kind: "rollbackPrepared", transactionId: 5, name: "gid5" });
  });
});
