// Between the decoder and whoever listens: makes whole transactions, in commit order, of what the source sends.
//
// Most transactions come whole at their commit and pass straight through. Three kinds do not, and wait in a spool:
//
//   S E  a block of a transaction that still runs, sent because it has grown beyond logical_decoding_work_mem. Several such
//        transactions take turns. Their messages carry the number of the sub-transaction that made them.
//   c A  it is committed: its messages are told now, as if they had come between a begin and a commit. Or it is undone, or one of
//        its sub-transactions is: then everything from that one's first message on goes, for what comes later inside of it
//        is undone with it, and what comes after it has not been sent yet.
//   b P  a transaction is prepared (p: one that came in blocks). Nobody knows yet whether it will be committed.
//   K r  it is committed after all, or undone.
//
// Telling a spool takes a while and has to be held back when the listener is slow, so everything that arrives meanwhile is held.
//
// Relations. The server tells a table's layout once for each session and tells it anew after it has changed. What it told
// within a prepared transaction, or in one that is passed over because the target has it, it takes for known afterwards; so such
// layouts are owed to the listener, and told before the first row that needs them. One that changed within an undecided transaction
// is under that transaction's lock: no such row can come before the decision, and behind it the server tells the layout again.
//
// Positions. After a restart the server sends again what was not confirmed. It was not to be confirmed what was prepared and not
// decided (its rows would never come again), so more may come again than the target lacks; that is passed over here.

import { ProtocolError } from "../errors.ts";
import type { Lsn } from "../postgres/lsn.ts";
import type { ChangeListener } from "../run/change-source.ts";
import { decodeControl, IS_CONTROL, type ControlMessage, type Ending, type Preparation } from "./control.ts";
import { PreparedLostError } from "./errors.ts";
import { decodeMessage, type PgoutputMessage } from "./pgoutput.ts";
import { createSpool, eachMessage, type Spool, type SpoolOptions } from "./spool.ts";

export type AssemblerOptions = {
  listener: ChangeListener;
  /** The target has everything that was committed before it. */
  applied: Lsn;
  /** Whether the source is to be held back: while a spool is told, or while the disk lags behind. */
  onHold: (hold: boolean) => void;
  /** What ends the capture. */
  onFailure: (error: unknown) => void;
  spool?: Pick<SpoolOptions, "folder">;
};

export type Assembler = {
  /** Takes the next message, at `bytes[start..end)`; the bytes are never overwritten. Throws ProtocolError. */
  add: (bytes: Buffer, start: number, end: number) => void;
  /** Everything committed before `logEnd` has been added. */
  addHorizon: (logEnd: Lsn) => void;
  /** The listener wants no more for now: a spool that is being told waits as well. */
  pause: () => void;
  resume: () => void;
  /** How much of the log the source may forget, when the target has everything before `applied`. */
  confirmable: (applied: Lsn) => Lsn;
  view: () => SpoolView;
  close: () => Promise<void>;
};

export type SpoolView = {
  /** Transactions that are kept: still running or just being told, and prepared ones that nobody has decided. */
  running: number;
  prepared: number;
  bytes: number;
};

export function createAssembler(options: AssemblerOptions): Assembler {
  const { listener, applied } = options;
  const running = new Map<number, Streamed>();
  const prepared = new Map<number, Prepared>();
  /** Layouts that the server takes for known and the listener has not heard of. */
  const owed = new Map<number, Buffer>();
  let held: (Held | Lsn)[] = [];
  let mode: Mode = "watchful";
  let current: Spool | undefined;
  let streamed: Streamed | undefined;
  /** Nothing more will come of what the target has. */
  let caughtUp = false;
  let telling: Promise<void> | undefined;
  let diskBusy = false;
  let pendingBytes = 0;
  let paused = false;
  let wake: (() => void) | undefined;
  let closed = false;

  // --- what comes straight ---

  function add(bytes: Buffer, start: number, end: number): void {
    if (mode === "straight" && IS_CONTROL[bytes[start] as number] === 0) {
      listener.onMessage(decodeMessage(bytes, start, end));
    } else if (mode === "held") {
      held.push({ bytes, start, end });
    } else if (IS_CONTROL[bytes[start] as number] === 1) {
      control(decodeControl(bytes, start, end));
    } else {
      TAKE[mode](bytes, start, end);
    }
  }

  /** What becomes of an ordinary message, by what was before it. */
  const TAKE: Record<Exclude<Mode, "held">, (bytes: Buffer, start: number, end: number) => void> = {
    straight: (bytes, start, end) => listener.onMessage(decodeMessage(bytes, start, end)),
    watchful: watch,
    known: passOver,
    streamed: (bytes, start, end) => keepStreamed(bytes, start, end),
    prepared: keepPrepared,
  };

  function rest(): Mode {
    return caughtUp && owed.size === 0 ? "straight" : "watchful";
  }

  function watch(bytes: Buffer, start: number, end: number): void {
    const message = decodeMessage(bytes, start, end);
    if (message.kind === "begin" && isKnown(message.finalLsn)) {
      mode = "known";
      return;
    }
    // A note outside of any transaction is named by where it ends.
    if (message.kind === "message" && !message.transactional && message.lsn <= applied) return;
    tellWithLayouts(message);
    if (message.kind === "commit") mode = rest();
  }

  function tellWithLayouts(message: PgoutputMessage): void {
    if (message.kind === "row") settle(message.relationId);
    else if (message.kind === "truncate") message.relationIds.forEach(settle);
    else if (message.kind === "relation") owed.delete(message.relation.id);
    listener.onMessage(message);
  }

  function isKnown(commitLsn: Lsn): boolean {
    if (!caughtUp && commitLsn >= applied) caughtUp = true;
    return !caughtUp;
  }

  function settle(relationId: number): void {
    const layout = owed.get(relationId);
    if (layout === undefined) return;
    owed.delete(relationId);
    listener.onMessage(decodeMessage(layout, 0, layout.length));
  }

  function tellOne(bytes: Buffer, start: number, end: number): void {
    // What is prepared may rely on a layout that came with another prepared transaction, of which nothing was told.
    tellWithLayouts(decodeMessage(bytes, start, end));
  }

  // Of a transaction that the target has, only the layouts count.
  function passOver(bytes: Buffer, start: number, end: number): void {
    const letter = bytes[start];
    if (letter === RELATION || letter === TYPE) tellOne(bytes, start, end);
    else if (letter === COMMIT) mode = rest();
  }

  // --- what is kept ---

  function keepStreamed(bytes: Buffer, start: number, end: number): void {
    const { spool, transactionId, subTransactions } = streamed as Streamed;
    const letter = bytes[start] as number;
    // An origin is said of the whole transaction.
    if (letter === ORIGIN) {
      spool.add(letter, bytes, start + 1, end);
      return;
    }
    const by = bytes.readUInt32BE(start + 1);
    if (by !== transactionId && !subTransactions.has(by)) subTransactions.set(by, spool.length());
    spool.add(letter, bytes, start + 5, end);
  }

  function keepPrepared(bytes: Buffer, start: number, end: number): void {
    const letter = bytes[start] as number;
    (current as Spool).add(letter, bytes, start + 1, end);
    if (letter === RELATION) owed.set(bytes.readUInt32BE(start + 1), Buffer.from(bytes.subarray(start, end)));
  }

  function newSpool(): Spool {
    return createSpool({ ...options.spool, onPending, onFailure: options.onFailure });
  }

  // A disk that is slower than the source holds it back.
  function onPending(change: number): void {
    pendingBytes += change;
    const isBusy = diskBusy ? pendingBytes > MOST_PENDING / 4 : pendingBytes > MOST_PENDING;
    if (isBusy === diskBusy) return;
    diskBusy = isBusy;
    hold();
  }

  function hold(): void {
    options.onHold(diskBusy || telling !== undefined);
  }

  // --- what becomes of it ---

  function control(message: ControlMessage): void {
    const { kind } = message;
    if (!ALLOWED[kind].includes(mode)) throw new ProtocolError(`a message "${kind}" where a transaction was ${mode}`);
    switch (kind) {
      case "streamStart":
        streamed = running.get(message.transactionId) ?? begin(message.transactionId);
        mode = "streamed";
        break;
      case "streamStop":
        mode = rest();
        break;
      case "streamCommit":
        commitStreamed(message.transactionId, message);
        break;
      case "streamAbort":
        abort(message.transactionId, message.subTransactionId);
        break;
      case "beginPrepare":
        current = newSpool();
        mode = "prepared";
        break;
      case "prepare":
        keep(message, current as Spool);
        break;
      case "streamPrepare":
        keep(message, take(message.transactionId).spool);
        break;
      case "commitPrepared":
        commitPrepared(message.transactionId, message.name, message);
        break;
      case "rollbackPrepared":
        forget(prepared, message.transactionId);
        break;
    }
  }

  function begin(transactionId: number): Streamed {
    const created = { transactionId, spool: newSpool(), subTransactions: new Map<number, number>() };
    running.set(transactionId, created);
    return created;
  }

  function take(transactionId: number): Streamed {
    const found = running.get(transactionId);
    if (found === undefined) throw new ProtocolError(`the end of the transaction ${transactionId}, which never began`);
    return found;
  }

  function abort(transactionId: number, subTransactionId: number): void {
    const found = running.get(transactionId);
    if (found === undefined) return;
    if (transactionId === subTransactionId) {
      forget(running, transactionId);
      return;
    }
    const place = found.subTransactions.get(subTransactionId);
    if (place === undefined) return;
    found.subTransactions.delete(subTransactionId);
    if (place < found.spool.length()) found.spool.cutBack(place);
  }

  function keep({ transactionId, prepareLsn }: Preparation, spool: Spool): void {
    running.delete(transactionId);
    prepared.get(transactionId)?.spool.remove().catch(options.onFailure);
    prepared.set(transactionId, { spool, prepareLsn, decidedAt: undefined });
    current = undefined;
    mode = rest();
  }

  function commitStreamed(transactionId: number, ending: Ending): void {
    const { spool } = take(transactionId);
    tell(transactionId, spool, ending, () => forget(running, transactionId));
  }

  function commitPrepared(transactionId: number, name: string, ending: Ending): void {
    const found = prepared.get(transactionId);
    if (found === undefined || found.decidedAt !== undefined) {
      if (isKnown(ending.commitLsn)) return;
      throw new PreparedLostError(name);
    }
    // Until the target has it, the source must be able to send it again.
    found.decidedAt = ending.endLsn;
    tell(transactionId, found.spool, ending, () => found.spool.remove());
  }

  function forget(from: Map<number, { spool: Spool }>, transactionId: number): void {
    from.get(transactionId)?.spool.remove().catch(options.onFailure);
    from.delete(transactionId);
  }

  // --- telling ---

  function tell(transactionId: number, spool: Spool, ending: Ending, done: () => Promise<void> | void): void {
    mode = "held";
    const isWanted = !isKnown(ending.commitLsn);
    telling = (isWanted ? tellAll(transactionId, spool, ending) : tellLayouts(spool))
      .then(done)
      .then(tellHeld)
      .catch((error: unknown) => {
        if (!closed) options.onFailure(error);
      });
    hold();
  }

  async function tellAll(transactionId: number, spool: Spool, ending: Ending): Promise<void> {
    const { commitLsn, endLsn, commitTime } = ending;
    listener.onMessage({ kind: "begin", finalLsn: commitLsn, commitTime, transactionId });
    for await (const piece of spool.pieces()) {
      eachMessage(piece, tellOne);
      await whenWanted();
      if (closed) return;
    }
    listener.onMessage({ kind: "commit", commitLsn, endLsn, commitTime });
  }

  async function tellLayouts(spool: Spool): Promise<void> {
    for await (const piece of spool.pieces()) eachMessage(piece, passOver);
  }

  async function whenWanted(): Promise<void> {
    while (paused && !closed) await new Promise<void>((resolve) => (wake = resolve));
  }

  // What has arrived in the meantime, up to the next spool that is to be told.
  function tellHeld(): void {
    if (closed) return;
    telling = undefined;
    mode = rest();
    const waiting = held;
    held = [];
    let place = 0;
    for (; place < waiting.length && telling === undefined; place += 1) {
      const next = waiting[place] as Held | Lsn;
      if (typeof next === "bigint") listener.onHorizon(next);
      else add(next.bytes, next.start, next.end);
    }
    held = waiting.slice(place);
    hold();
  }

  return {
    add,
    addHorizon(logEnd) {
      if (mode === "held") held.push(logEnd);
      else listener.onHorizon(logEnd);
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      wake?.();
    },
    confirmable(position) {
      let least = position;
      for (const [transactionId, { prepareLsn, decidedAt }] of prepared) {
        if (decidedAt !== undefined && decidedAt <= position) prepared.delete(transactionId);
        else if (prepareLsn < least) least = prepareLsn;
      }
      return least;
    },
    view: () => {
      const undecided = [...prepared.values()].filter(({ decidedAt }) => decidedAt === undefined);
      const bytes = [...running.values(), ...undecided].reduce((sum, { spool }) => sum + spool.length(), 0);
      return { running: running.size, prepared: undecided.length, bytes };
    },
    async close() {
      closed = true;
      wake?.();
      await telling;
      await Promise.all([...running.values(), ...prepared.values()].map(({ spool }) => spool.remove()));
    },
  };
}

// --- internal ---

/**
 * straight: an ordinary message is told. watchful: the same, after a look whether it is known or a layout is owed. known: inside of a
 * transaction that the target has. streamed, prepared: kept. held: a spool is being told.
 */
type Mode = "straight" | "watchful" | "known" | "streamed" | "prepared" | "held";

type Held = { bytes: Buffer; start: number; end: number };
/** With the place of each sub-transaction's first message. */
type Streamed = { transactionId: number; spool: Spool; subTransactions: Map<number, number> };
/** `decidedAt` is where the log goes on behind the decision to commit. */
type Prepared = { spool: Spool; prepareLsn: Lsn; decidedAt: Lsn | undefined };

const BETWEEN: readonly Mode[] = ["straight", "watchful"];

/** Where each of these messages may come. */
const ALLOWED: Record<ControlMessage["kind"], readonly Mode[]> = {
  streamStart: BETWEEN,
  streamStop: ["streamed"],
  streamCommit: BETWEEN,
  streamAbort: BETWEEN,
  beginPrepare: BETWEEN,
  prepare: ["prepared"],
  streamPrepare: BETWEEN,
  commitPrepared: BETWEEN,
  rollbackPrepared: BETWEEN,
};

const MOST_PENDING = 8 * 1024 * 1024;

const COMMIT = 0x43;
const ORIGIN = 0x4f;
const RELATION = 0x52;
const TYPE = 0x59;
