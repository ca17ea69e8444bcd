// The source's side of one replication connection: it reads the log record by record, as PostgreSQL's logical decoding does, and sends
// pgoutput's messages for the transactions that the slot has not behind it.
//
// - It begins at the slot's confirmed position when it is asked for less, without a word.
// - A transaction is sent whole when its commit is reached and does not lie before that position; so after a restart all of it
//   comes again.
// - Asked to, it sends a transaction that still runs in blocks, then what became of it; and a prepared one when it is prepared.

import type { Random } from "../fuzz/random.ts";
import type { Link } from "./link.ts";
import * as bytes from "./pgoutput-bytes.ts";
import type { LoggedChange, LogRecord, Source } from "./source.ts";
import type { Row, SourceTable } from "./tables.ts";
import { liesApart } from "./workload.ts";

export type Slot = {
  /** Every transaction whose commit record lies before it is done with. */
  confirmed: bigint;
  /** What of that a crash of the server leaves: the slot is written to disk now and then. */
  confirmedOnDisk: bigint;
  /** It was made to tell of prepared transactions. */
  twoPhase: boolean;
  /** The connection that has it. */
  holder: WalSender | undefined;
};

export type WalSender = {
  link: Link;
  /** Whether there is anything that it could send. */
  canSend: () => boolean;
  /** Reads one record of the log, and sends what follows from it. */
  sendNext: () => string;
  sendKeepalive: (wantsAnswer: boolean) => void;
  /** Reads what the client has sent. */
  read: () => string;
};

export type WalSenderOptions = {
  source: Source;
  slot: Slot;
  link: Link;
  random: Random;
  /** Told whenever the client says what it has and what it is done with. */
  onStatus: (received: bigint, applied: bigint) => void;
};

export function createWalSender({ source, slot, link, random, onStatus }: WalSenderOptions): WalSender {
  const { log } = source;
  const buffered = new Map<number, Buffered>();
  const known = new Set<SourceTable>();
  let settings: Settings | undefined;
  let next = 0;
  let from = 0n;
  let sentEnd = 0n;
  // Messages of a transaction that is being sent; the network may stand still, or break, between any two of them.
  let outgoing: Buffer[] = [];

  function start(asked: bigint, given: Settings): void {
    if (slot.holder !== undefined) {
      link.send(bytes.failure("55006", "replication slot is active"));
      return;
    }
    slot.holder = sender;
    settings = { ...given, twoPhase: given.twoPhase || slot.twoPhase };
    from = asked > slot.confirmed ? asked : slot.confirmed;
    sentEnd = from;
    link.send(bytes.copyBoth());
    // Nothing before it is sent, but what began there and is not over is remembered.
    while (next < log.length && (log[next] as LogRecord).lsn < from) take(log[next++] as LogRecord, false);
  }

  function take(record: LogRecord, mayStream: boolean): Buffer[] {
    switch (record.kind) {
      case "change":
        return takeChange(record, mayStream);
      case "subabort":
        return takeSubAbort(record, mayStream);
      case "abort":
        return takeAbort(record, mayStream);
      case "commit":
        return takeCommit(record);
      case "prepare":
        return takePrepare(record);
      case "commit prepared":
      case "rollback prepared":
        return takeDecision(record);
      case "loose note": {
        const { endLsn: lsn, prefix, content } = record;
        return record.lsn < from ? [] : [bytes.note({ transactional: false, lsn, prefix, content }, undefined)];
      }
      case "elsewhere":
        return [];
    }
  }

  function bufferOf(xid: number): Buffered {
    let found = buffered.get(xid);
    if (found === undefined) {
      found = { changes: [], streamed: new Set(), known: new Set() };
      buffered.set(xid, found);
    }
    return found;
  }

  function takeChange(record: Record<"change">, mayStream: boolean): Buffer[] {
    const transaction = bufferOf(record.xid);
    transaction.changes.push(record);
    if (!mayStream || settings?.streaming === undefined || !random.chance(15)) return [];
    return streamBlock(record.xid, transaction);
  }

  // What is in the log of the transaction so far; each block names the tables anew where this transaction has not yet.
  function streamBlock(xid: number, transaction: Buffered): Buffer[] {
    if (transaction.changes.length === 0) return [];
    const block = [bytes.streamStart(xid, transaction.streamed.size === 0)];
    transaction.streamed.add(xid);
    for (const { change, subXid, endLsn } of transaction.changes) {
      transaction.streamed.add(subXid);
      block.push(...changeMessages(change, endLsn, transaction.known, subXid));
    }
    transaction.changes = [];
    return [...block, bytes.streamStop()];
  }

  function takeSubAbort({ xid, subXid, lsn, time }: Record<"subabort">, mayStream: boolean): Buffer[] {
    const transaction = bufferOf(xid);
    transaction.changes = transaction.changes.filter((change) => change.subXid !== subXid);
    if (!mayStream || !transaction.streamed.has(subXid)) return [];
    // What was said of tables inside may be gone with it, so it is said again (cleanup_rel_sync_cache in pgoutput.c).
    transaction.known.clear();
    return [bytes.streamAbort(xid, subXid, parallel(lsn, time))];
  }

  function takeAbort({ xid, lsn, time }: Record<"abort">, mayStream: boolean): Buffer[] {
    const wasStreamed = buffered.get(xid)?.streamed.size ?? 0;
    buffered.delete(xid);
    return mayStream && wasStreamed > 0 ? [bytes.streamAbort(xid, xid, parallel(lsn, time))] : [];
  }

  function takeCommit({ xid, lsn, endLsn, time }: Record<"commit">): Buffer[] {
    const transaction = bufferOf(xid);
    buffered.delete(xid);
    if (lsn < from) return [];
    if (transaction.streamed.size > 0) {
      return commitStreamed(transaction, { xid, lsn, endLsn, time });
    }
    if (transaction.changes.length === 0) return [];
    return [
      bytes.begin(lsn, time, xid),
      ...transaction.changes.flatMap(({ change, endLsn: at }) => changeMessages(change, at, known, undefined)),
      bytes.commit(lsn, endLsn, time),
    ];
  }

  // Which tables are known is kept by transaction until it is committed; then all may know.
  function commitStreamed(transaction: Buffered, { xid, lsn, endLsn, time }: Ending): Buffer[] {
    const rest = streamBlock(xid, transaction);
    for (const table of transaction.known) known.add(table);
    return [...rest, bytes.streamCommit(xid, lsn, endLsn, time)];
  }

  function takePrepare(record: Record<"prepare">): Buffer[] {
    const { xid, gid, lsn, endLsn, time } = record;
    const transaction = bufferOf(xid);
    transaction.prepare = record;
    if (settings?.twoPhase !== true || lsn < from) return [];
    const about = { lsn, endLsn, time, xid, gid };
    if (transaction.streamed.size > 0) return [...streamBlock(xid, transaction), bytes.prepare("streamed", about)];
    const { changes } = transaction;
    transaction.changes = [];
    const rows = changes.flatMap(({ change, endLsn: at }) => changeMessages(change, at, known, undefined));
    return [bytes.beginPrepare(about), ...rows, bytes.prepare("whole", about)];
  }

  // After a restart only the decision comes of what was prepared before the position where the client has begun again (see
  // ReorderBufferFinishPrepared): whoever confirms past a prepared transaction must have it.
  function takeDecision(record: Record<"commit prepared" | "rollback prepared">): Buffer[] {
    const { xid, gid, lsn, endLsn, time } = record;
    const transaction = bufferOf(xid);
    buffered.delete(xid);
    if (lsn < from) return [];
    const about = { lsn, endLsn, time, xid, gid };
    if (record.kind === "commit prepared") {
      return settings?.twoPhase === true ? [bytes.commitPrepared(about)] : sendUndecided(transaction, record);
    }
    const wasStreamed = transaction.streamed.size > 0;
    if (settings?.twoPhase !== true) return wasStreamed ? [bytes.streamAbort(xid, xid, parallel(lsn, time))] : [];
    const { prepare } = transaction;
    return prepare === undefined ? [] : [bytes.rollbackPrepared({ ...about, ...prepare }, about)];
  }

  function sendUndecided(
    transaction: Buffered,
    { xid, lsn, endLsn, time }: Record<"commit prepared" | "rollback prepared">,
  ): Buffer[] {
    if (transaction.streamed.size > 0) return commitStreamed(transaction, { xid, lsn, endLsn, time });
    if (transaction.changes.length === 0) return [];
    const rows = transaction.changes.flatMap(({ change, endLsn: at }) => changeMessages(change, at, known, undefined));
    return [bytes.begin(lsn, time, xid), ...rows, bytes.commit(lsn, endLsn, time)];
  }

  function changeMessages(change: LoggedChange, lsn: bigint, names: Set<SourceTable>, by: bytes.StreamedBy): Buffer[] {
    if (change.kind === "note") {
      const { prefix, content } = change;
      return [bytes.note({ transactional: true, lsn, prefix, content }, by)];
    }
    const tables = change.kind === "row" ? [change.table] : change.tables;
    const messages: Buffer[] = [];
    for (const table of tables) {
      if (names.has(table)) continue;
      names.add(table);
      messages.push(bytes.relation(table.relation, by));
    }
    if (change.kind === "row") messages.push(rowMessage(change, by));
    else
      messages.push(
        bytes.truncate(
          tables.map(({ relation }) => relation.id),
          by,
        ),
      );
    return messages;
  }

  function parallel(lsn: bigint, time: bigint) {
    return settings?.streaming === "parallel" ? { lsn, time } : undefined;
  }

  const sender: WalSender = {
    link,
    canSend: () => settings !== undefined && !link.isCut() && (outgoing.length > 0 || next < log.length),
    sendNext() {
      const [message, ...rest] = outgoing;
      if (message !== undefined) {
        outgoing = rest;
        link.send(message);
        if (rest.length === 0) sentEnd = (log[next - 1] as LogRecord).endLsn;
        return "the source sends a message";
      }
      const record = log[next++] as LogRecord;
      outgoing = take(record, true).map((each) => bytes.logData(record.lsn, record.lsn, record.time, each));
      // Most of the time a transaction leaves in one go.
      if (random.chance(70)) for (const each of outgoing.splice(0)) link.send(each);
      if (outgoing.length === 0) sentEnd = record.endLsn;
      return `the source sends its log to ${sentEnd}`;
    },
    sendKeepalive(wantsAnswer) {
      if (settings !== undefined) link.send(bytes.keepalive(sentEnd, BigInt(log.length), wantsAnswer));
    },
    read() {
      const said: string[] = [];
      for (const sent of link.takeSent()) {
        const letter = String.fromCharCode(sent[0] ?? 0);
        if (letter === "Q") {
          const { asked, given } = readStart(sent.toString("utf8", 5, sent.length - 1));
          start(asked, given);
          said.push(`the source starts at ${from}, asked for ${asked}`);
        } else if (letter === "d" && sent[5] === STATUS) {
          const received = sent.readBigInt64BE(6);
          const applied = sent.readBigInt64BE(14);
          onStatus(received, applied);
          if (applied > slot.confirmed) slot.confirmed = applied;
          if (random.chance(30)) slot.confirmedOnDisk = slot.confirmed;
          said.push(`the source hears received ${received}, applied ${applied}`);
        }
      }
      return said.join("; ");
    },
  };
  return sender;
}

// --- internal ---

type Record<Kind extends LogRecord["kind"]> = LogRecord & { kind: Kind };

type Buffered = {
  changes: Record<"change">[];
  /** Sub-transactions of which something was streamed. */
  streamed: Set<number>;
  /** Tables that were named in its blocks. */
  known: Set<SourceTable>;
  prepare?: Record<"prepare">;
};

type Ending = { xid: number; lsn: bigint; endLsn: bigint; time: bigint };

type Settings = { streaming: string | undefined; twoPhase: boolean };

const STATUS = 0x72;

function readStart(sql: string): { asked: bigint; given: Settings } {
  const [, high = "0", low = "0"] = /LOGICAL ([0-9A-F]+)\/([0-9A-F]+)/i.exec(sql) ?? [];
  const setting = (name: string) => new RegExp(`"?\\b${name}"? '([^']*)'`).exec(sql)?.[1];
  const streaming = setting("streaming");
  return {
    asked: (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`),
    given: {
      streaming: streaming === "off" || streaming === "false" ? undefined : streaming,
      twoPhase: ["on", "true"].includes(setting("two_phase") ?? ""),
    },
  };
}

// Of an update, the old key is told only when it changed; large values that did not change are left out of the new row. A table
// of the identity `full` tells its whole old row, large values too.
function rowMessage(change: Extract<LoggedChange, { kind: "row" }>, by: bytes.StreamedBy): Buffer {
  const { op, table, old, new: now } = change;
  const isFull = table.identity === "full";
  const keyOnly = (row: Row) => row.map((value, place) => (table.key.includes(place) ? value : null));
  const moved = old !== undefined && now !== undefined && table.key.some((place) => old[place] !== now[place]);
  const tellsOld = op === "delete" || (op === "update" && (isFull || moved));
  const cells = now?.map((value, place) =>
    op === "update" && value === old?.[place] && table.apart.includes(place) && liesApart(value)
      ? bytes.UNTOUCHED
      : value,
  );
  return bytes.row(
    {
      op,
      relationId: table.relation.id,
      oldIs: isFull ? "full" : "key",
      old: tellsOld && old !== undefined ? (isFull ? old : keyOnly(old)) : undefined,
      new: cells,
    },
    by,
  );
}
