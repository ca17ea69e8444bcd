// The messages of PostgreSQL's logical decoding plug-in "pgoutput", as the manual's chapter "Logical Replication Message
// Formats" lays them out. Values stay where they lie in the received bytes: a row message only says where its rows begin, and
// tuple.ts walks over them. A letter that we did not ask for (streamed and two-phase transactions) is refused, never skipped.

import { ProtocolError } from "../errors.ts";
import type { Lsn } from "../postgres/lsn.ts";
import { tupleEnd } from "./tuple.ts";

export type Relation = {
  id: number;
  schema: string;
  name: string;
  replicaIdentity: "default" | "nothing" | "full" | "index";
  columns: readonly RelationColumn[];
};

export type RelationColumn = { name: string; typeId: number; typeModifier: number; isKey: boolean };

export type BeginMessage = { kind: "begin"; finalLsn: Lsn; commitTime: bigint; transactionId: number };
export type CommitMessage = {
  kind: "commit";
  commitLsn: Lsn;
  endLsn: Lsn;
  commitTime: bigint;
  /** What a source that is not a log needs beside the position to go on behind this commit; stored with the position. */
  cursor?: string;
};

/** A row's change. `old` and `new` are offsets into `bytes`, or -1 where there is none. */
export type RowMessage = {
  kind: "row";
  op: "insert" | "update" | "delete";
  relationId: number;
  bytes: Buffer;
  /** Under `full` the whole old row; under `key` only the columns of the replica identity are meant. */
  oldIs: "none" | "key" | "full";
  old: number;
  new: number;
  /** What it takes of memory while it waits, in bytes, for bounds: see IN_MEMORY. */
  size: number;
};

export type TruncateMessage = {
  kind: "truncate";
  relationIds: readonly number[];
  cascade: boolean;
  restartIdentity: boolean;
};

/** What somebody wrote into the log with pg_logical_emit_message. Outside of a transaction it stands where it was written. */
export type LogicalMessage = { kind: "message"; transactional: boolean; lsn: Lsn; prefix: string; content: Buffer };

export type PgoutputMessage =
  | BeginMessage
  | CommitMessage
  | RowMessage
  | TruncateMessage
  | { kind: "relation"; relation: Relation }
  | { kind: "type"; typeId: number; schema: string; name: string }
  | { kind: "origin"; originLsn: Lsn; name: string }
  | LogicalMessage;

/** Decodes the message at `bytes[start..end)`. Throws ProtocolError for a message that was not asked for or does not end where it should. */
export function decodeMessage(bytes: Buffer, start: number, end: number): PgoutputMessage {
  const at = start + 1;
  const letter = bytes[start] ?? 0;
  switch (letter) {
    case INSERT:
      return decodeInsert(bytes, start, end);
    case UPDATE:
      return decodeUpdate(bytes, start, end);
    case DELETE:
      return decodeDelete(bytes, start, end);
    case BEGIN:
      return {
        kind: "begin",
        finalLsn: bytes.readBigUInt64BE(at),
        commitTime: bytes.readBigInt64BE(at + 8),
        transactionId: bytes.readUInt32BE(at + 16),
      };
    case COMMIT:
      return {
        kind: "commit",
        commitLsn: bytes.readBigUInt64BE(at + 1),
        endLsn: bytes.readBigUInt64BE(at + 9),
        commitTime: bytes.readBigInt64BE(at + 17),
      };
    case RELATION:
      return { kind: "relation", relation: decodeRelation(bytes, at) };
    case TYPE:
      return decodeType(bytes, at);
    case ORIGIN:
      return { kind: "origin", originLsn: bytes.readBigUInt64BE(at), name: cString(bytes, at + 8) };
    case TRUNCATE:
      return decodeTruncate(bytes, at);
    case MESSAGE:
      return decodeLogicalMessage(bytes, at);
    default:
      throw new ProtocolError(
        `the message "${String.fromCharCode(letter)}" (0x${letter.toString(16)}), which was not asked for`,
      );
  }
}

/** Beside its bytes on the wire a row's message takes about this much: itself, its key, its place in a batch. */
export const IN_MEMORY = 256;

// --- internal ---

const BEGIN = 0x42;
const COMMIT = 0x43;
const DELETE = 0x44;
const INSERT = 0x49;
const MESSAGE = 0x4d;
const ORIGIN = 0x4f;
const RELATION = 0x52;
const TRUNCATE = 0x54;
const UPDATE = 0x55;
const TYPE = 0x59;
const NEW_ROW = 0x4e;
const OLD_ROW = 0x4f;
const OLD_KEY = 0x4b;

function decodeInsert(bytes: Buffer, start: number, end: number): RowMessage {
  expectLetter(bytes, start + 5, NEW_ROW);
  const row = start + 6;
  expectEnd(tupleEnd(bytes, row), end);
  const relationId = bytes.readUInt32BE(start + 1);
  return {
    kind: "row",
    op: "insert",
    relationId,
    bytes,
    oldIs: "none",
    old: -1,
    new: row,
    size: end - start + IN_MEMORY,
  };
}

function decodeUpdate(bytes: Buffer, start: number, end: number): RowMessage {
  const relationId = bytes.readUInt32BE(start + 1);
  const letter = bytes[start + 5];
  let oldIs: RowMessage["oldIs"] = "none";
  let old = -1;
  let at = start + 5;
  if (letter === OLD_KEY || letter === OLD_ROW) {
    oldIs = letter === OLD_KEY ? "key" : "full";
    old = at + 1;
    at = tupleEnd(bytes, old);
  }
  expectLetter(bytes, at, NEW_ROW);
  expectEnd(tupleEnd(bytes, at + 1), end);
  return { kind: "row", op: "update", relationId, bytes, oldIs, old, new: at + 1, size: end - start + IN_MEMORY };
}

function decodeDelete(bytes: Buffer, start: number, end: number): RowMessage {
  const letter = bytes[start + 5];
  if (letter !== OLD_KEY && letter !== OLD_ROW) expectLetter(bytes, start + 5, OLD_KEY);
  const old = start + 6;
  expectEnd(tupleEnd(bytes, old), end);
  const oldIs = letter === OLD_KEY ? "key" : "full";
  const relationId = bytes.readUInt32BE(start + 1);
  return { kind: "row", op: "delete", relationId, bytes, oldIs, old, new: -1, size: end - start + IN_MEMORY };
}

const REPLICA_IDENTITIES: Record<string, Relation["replicaIdentity"]> = {
  d: "default",
  n: "nothing",
  f: "full",
  i: "index",
};

function decodeRelation(bytes: Buffer, at: number): Relation {
  const id = bytes.readUInt32BE(at);
  const schema = cString(bytes, at + 4);
  const nameAt = at + 4 + Buffer.byteLength(schema) + 1;
  const name = cString(bytes, nameAt);
  const identityAt = nameAt + Buffer.byteLength(name) + 1;
  const identity = String.fromCharCode(bytes[identityAt] ?? 0);
  const count = bytes.readUInt16BE(identityAt + 1);
  const columns: RelationColumn[] = [];
  let next = identityAt + 3;
  for (let index = 0; index < count; index += 1) {
    const column = cString(bytes, next + 1);
    const typeAt = next + 1 + Buffer.byteLength(column) + 1;
    columns.push({
      name: column,
      isKey: ((bytes[next] ?? 0) & 1) === 1,
      typeId: bytes.readUInt32BE(typeAt),
      typeModifier: bytes.readInt32BE(typeAt + 4),
    });
    next = typeAt + 8;
  }
  // The catalog's schema travels as an empty name.
  return {
    id,
    schema: schema || "pg_catalog",
    name,
    replicaIdentity: REPLICA_IDENTITIES[identity] ?? "nothing",
    columns,
  };
}

function decodeType(bytes: Buffer, at: number): PgoutputMessage {
  const schema = cString(bytes, at + 4);
  const name = cString(bytes, at + 4 + Buffer.byteLength(schema) + 1);
  return { kind: "type", typeId: bytes.readUInt32BE(at), schema: schema || "pg_catalog", name };
}

function decodeTruncate(bytes: Buffer, at: number): TruncateMessage {
  const count = bytes.readUInt32BE(at);
  const options = bytes[at + 4] ?? 0;
  const relationIds = Array.from({ length: count }, (_, index) => bytes.readUInt32BE(at + 5 + index * 4));
  return { kind: "truncate", relationIds, cascade: (options & 1) !== 0, restartIdentity: (options & 2) !== 0 };
}

function decodeLogicalMessage(bytes: Buffer, at: number): PgoutputMessage {
  const prefix = cString(bytes, at + 9);
  const lengthAt = at + 9 + Buffer.byteLength(prefix) + 1;
  const length = bytes.readUInt32BE(lengthAt);
  return {
    kind: "message",
    transactional: ((bytes[at] ?? 0) & 1) === 1,
    lsn: bytes.readBigUInt64BE(at + 1),
    prefix,
    content: bytes.subarray(lengthAt + 4, lengthAt + 4 + length),
  };
}

function cString(bytes: Buffer, at: number): string {
  return bytes.toString("utf8", at, bytes.indexOf(0, at));
}

function expectLetter(bytes: Buffer, at: number, letter: number): void {
  if (bytes[at] === letter) return;
  throw new ProtocolError(
    `"${String.fromCharCode(bytes[at] ?? 0)}" where "${String.fromCharCode(letter)}" belongs in a row message`,
  );
}

function expectEnd(at: number, end: number): void {
  if (at !== end) throw new ProtocolError(`a row message of which ${end - at} bytes are left over`);
}
