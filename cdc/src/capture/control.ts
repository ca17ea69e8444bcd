// The messages that say what becomes of a transaction which does not simply come whole at its commit: one that is sent while it
// still runs (protocol 2), one that is prepared first and decided later (protocol 3). Laid out as in the manual's chapter
// "Logical Replication Message Formats". They are for the assembler; nobody behind it sees them.

import { ProtocolError } from "../errors.ts";
import type { Lsn } from "../postgres/lsn.ts";

/** A block of a running transaction begins; until `streamStop` every message but an origin carries the number of its sub-transaction. */
export type StreamStart = { kind: "streamStart"; transactionId: number; isFirst: boolean };
export type StreamStop = { kind: "streamStop" };
export type StreamCommit = { kind: "streamCommit"; transactionId: number } & Ending;
/** `subTransactionId` is the transaction's own number when all of it is undone. */
export type StreamAbort = { kind: "streamAbort"; transactionId: number; subTransactionId: number };

export type BeginPrepare = { kind: "beginPrepare" } & Preparation;
export type Prepare = { kind: "prepare" } & Preparation;
/** What came in blocks is prepared. */
export type StreamPrepare = { kind: "streamPrepare" } & Preparation;
export type CommitPrepared = { kind: "commitPrepared"; transactionId: number; name: string } & Ending;
export type RollbackPrepared = { kind: "rollbackPrepared"; transactionId: number; name: string };

export type ControlMessage =
  | StreamStart
  | StreamStop
  | StreamCommit
  | StreamAbort
  | BeginPrepare
  | Prepare
  | StreamPrepare
  | CommitPrepared
  | RollbackPrepared;

export type Ending = { commitLsn: Lsn; endLsn: Lsn; commitTime: bigint };
/** `name` is what the application called it (PREPARE TRANSACTION 'name'). */
export type Preparation = { prepareLsn: Lsn; endLsn: Lsn; transactionId: number; name: string };

/** By a message's first byte: 1 for those of this file. */
export const IS_CONTROL = Uint8Array.from({ length: 256 }, (_, letter) =>
  "SEcAbPKrp".includes(String.fromCharCode(letter)) ? 1 : 0,
);

/** Decodes the message at `bytes[start..end)`. Throws ProtocolError when it is none of these or has not the length that it should. */
export function decodeControl(bytes: Buffer, start: number, end: number): ControlMessage {
  const letter = String.fromCharCode(bytes[start] ?? 0);
  const layout = LAYOUTS[letter];
  if (layout === undefined) throw new ProtocolError(`the message "${letter}" where one about a transaction belongs`);
  if (end - start < layout.size) throw new ProtocolError(`a message "${letter}" of ${end - start} bytes`);
  return layout.read(bytes, start + 1);
}

// --- internal ---

type Layout = { size: number; read: (bytes: Buffer, at: number) => ControlMessage };

// Sizes with the letter, names with their closing zero; `at` is behind the letter.
const LAYOUTS: Record<string, Layout> = {
  S: {
    size: 6,
    read: (bytes, at) => ({
      kind: "streamStart",
      transactionId: bytes.readUInt32BE(at),
      isFirst: bytes[at + 4] === 1,
    }),
  },
  E: { size: 1, read: () => ({ kind: "streamStop" }) },
  c: {
    size: 30,
    read: (bytes, at) => ({
      kind: "streamCommit",
      transactionId: bytes.readUInt32BE(at),
      ...readEnding(bytes, at + 5),
    }),
  },
  // `streaming 'parallel'` (PostgreSQL 16) adds the position and the time of the abort, which nobody here needs.
  A: {
    size: 9,
    read: (bytes, at) => ({
      kind: "streamAbort",
      transactionId: bytes.readUInt32BE(at),
      subTransactionId: bytes.readUInt32BE(at + 4),
    }),
  },
  b: { size: 30, read: (bytes, at) => ({ kind: "beginPrepare", ...readPreparation(bytes, at) }) },
  P: { size: 31, read: (bytes, at) => ({ kind: "prepare", ...readPreparation(bytes, at + 1) }) },
  p: { size: 31, read: (bytes, at) => ({ kind: "streamPrepare", ...readPreparation(bytes, at + 1) }) },
  K: {
    size: 31,
    read: (bytes, at) => ({
      kind: "commitPrepared",
      ...readEnding(bytes, at + 1),
      transactionId: bytes.readUInt32BE(at + 25),
      name: readName(bytes, at + 29),
    }),
  },
  r: {
    size: 39,
    read: (bytes, at) => ({
      kind: "rollbackPrepared",
      transactionId: bytes.readUInt32BE(at + 33),
      name: readName(bytes, at + 37),
    }),
  },
};

function readEnding(bytes: Buffer, at: number): Ending {
  return {
    commitLsn: bytes.readBigUInt64BE(at),
    endLsn: bytes.readBigUInt64BE(at + 8),
    commitTime: bytes.readBigInt64BE(at + 16),
  };
}

function readPreparation(bytes: Buffer, at: number): Preparation {
  return {
    prepareLsn: bytes.readBigUInt64BE(at),
    endLsn: bytes.readBigUInt64BE(at + 8),
    transactionId: bytes.readUInt32BE(at + 24),
    name: readName(bytes, at + 28),
  };
}

function readName(bytes: Buffer, at: number): string {
  return bytes.toString("utf8", at, bytes.indexOf(0, at));
}
