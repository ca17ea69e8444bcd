// The server's side of the protocol: pgoutput's messages (the manual's "Logical Replication Message Formats") and the frames of
// the copy-both stream around them, as bytes, so that the real decoder reads what it would read from a server.

import type { Relation } from "../../cdc/src/capture/pgoutput.ts";

/** A value of a row: text, null, or untouched (large and not sent again). */
export type Cell = string | null | typeof UNTOUCHED;
export const UNTOUCHED = Symbol("untouched");

/** Inside a streamed block every message carries the id of its (sub-)transaction. */
export type StreamedBy = number | undefined;

export function begin(finalLsn: bigint, time: bigint, xid: number): Buffer {
  return join(letter("B"), int64(finalLsn), int64(time), int32(xid));
}

export function commit(commitLsn: bigint, endLsn: bigint, time: bigint): Buffer {
  return join(letter("C"), NO_FLAGS, int64(commitLsn), int64(endLsn), int64(time));
}

export function relation({ id, schema, name, replicaIdentity, columns }: Relation, by: StreamedBy): Buffer {
  const identity = { default: "d", nothing: "n", full: "f", index: "i" }[replicaIdentity];
  return join(
    letter("R"),
    streamed(by),
    int32(id),
    text(schema),
    text(name),
    letter(identity),
    int16(columns.length),
    ...columns.flatMap(({ isKey, name: column, typeId, typeModifier }) => [
      Buffer.from([isKey ? 1 : 0]),
      text(column),
      int32(typeId),
      int32(typeModifier),
    ]),
  );
}

export type RowBytes = {
  op: "insert" | "update" | "delete";
  relationId: number;
  old: readonly Cell[] | undefined;
  oldIs: "key" | "full";
  new: readonly Cell[] | undefined;
};

export function row({ op, relationId, old, oldIs, new: now }: RowBytes, by: StreamedBy): Buffer {
  const parts = [letter({ insert: "I", update: "U", delete: "D" }[op]), streamed(by), int32(relationId)];
  if (old !== undefined) parts.push(letter(oldIs === "key" ? "K" : "O"), tuple(old));
  if (now !== undefined) parts.push(letter("N"), tuple(now));
  return join(...parts);
}

export function truncate(relationIds: readonly number[], by: StreamedBy): Buffer {
  return join(letter("T"), streamed(by), int32(relationIds.length), NO_FLAGS, ...relationIds.map(int32));
}

export type NoteBytes = { transactional: boolean; lsn: bigint; prefix: string; content: string };

export function note({ transactional, lsn, prefix, content }: NoteBytes, by: StreamedBy): Buffer {
  const bytes = Buffer.from(content);
  const flags = Buffer.from([transactional ? 1 : 0]);
  return join(letter("M"), streamed(by), flags, int64(lsn), text(prefix), int32(bytes.length), bytes);
}

export function streamStart(xid: number, isFirst: boolean): Buffer {
  return join(letter("S"), int32(xid), Buffer.from([isFirst ? 1 : 0]));
}

export function streamStop(): Buffer {
  return letter("E");
}

export function streamCommit(xid: number, commitLsn: bigint, endLsn: bigint, time: bigint): Buffer {
  return join(letter("c"), int32(xid), NO_FLAGS, int64(commitLsn), int64(endLsn), int64(time));
}

/** With `streaming` set to "parallel" the server also says where and when. */
export function streamAbort(xid: number, subXid: number, parallel: { lsn: bigint; time: bigint } | undefined): Buffer {
  const where = parallel === undefined ? [] : [int64(parallel.lsn), int64(parallel.time)];
  return join(letter("A"), int32(xid), int32(subXid), ...where);
}

export type PreparedBytes = { lsn: bigint; endLsn: bigint; time: bigint; xid: number; gid: string };

export function beginPrepare({ lsn, endLsn, time, xid, gid }: PreparedBytes): Buffer {
  return join(letter("b"), int64(lsn), int64(endLsn), int64(time), int32(xid), text(gid));
}

export function prepare(kind: "whole" | "streamed", { lsn, endLsn, time, xid, gid }: PreparedBytes): Buffer {
  const sign = letter(kind === "whole" ? "P" : "p");
  return join(sign, NO_FLAGS, int64(lsn), int64(endLsn), int64(time), int32(xid), text(gid));
}

export function commitPrepared({ lsn, endLsn, time, xid, gid }: PreparedBytes): Buffer {
  return join(letter("K"), NO_FLAGS, int64(lsn), int64(endLsn), int64(time), int32(xid), text(gid));
}

export function rollbackPrepared(prepared: PreparedBytes, rolledBack: PreparedBytes): Buffer {
  const { xid, gid } = prepared;
  const where = [int64(prepared.endLsn), int64(rolledBack.endLsn), int64(prepared.time), int64(rolledBack.time)];
  return join(letter("r"), NO_FLAGS, ...where, int32(xid), text(gid));
}

/** Log data in its frame. */
export function logData(lsn: bigint, logEnd: bigint, time: bigint, message: Buffer): Buffer {
  return frame("d", letter("w"), int64(lsn), int64(logEnd), int64(time), message);
}

export function keepalive(logEnd: bigint, time: bigint, wantsAnswer: boolean): Buffer {
  return frame("d", letter("k"), int64(logEnd), int64(time), Buffer.from([wantsAnswer ? 1 : 0]));
}

export function copyBoth(): Buffer {
  return frame("W", Buffer.from([0, 0, 0]));
}

export function failure(sqlState: string, message: string): Buffer {
  return frame(
    "E",
    letter("S"),
    text("ERROR"),
    letter("C"),
    text(sqlState),
    letter("M"),
    text(message),
    Buffer.from([0]),
  );
}

// --- internal ---

const NO_FLAGS = Buffer.from([0]);
const NOTHING = Buffer.alloc(0);

function join(...parts: readonly Buffer[]): Buffer {
  return Buffer.concat(parts);
}

function frame(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = join(...parts);
  return join(letter(type), int32(body.length + 4), body);
}

function streamed(by: StreamedBy): Buffer {
  return by === undefined ? NOTHING : int32(by);
}

function tuple(cells: readonly Cell[]): Buffer {
  const parts = [int16(cells.length)];
  for (const cell of cells) {
    if (cell === null) parts.push(letter("n"));
    else if (cell === UNTOUCHED) parts.push(letter("u"));
    else {
      const bytes = Buffer.from(cell);
      parts.push(letter("t"), int32(bytes.length), bytes);
    }
  }
  return join(...parts);
}

function letter(sign: string): Buffer {
  return Buffer.from(sign, "latin1");
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function int16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}
