// The loop between the log and the target, for as long as both are there.

import type { Logger } from "@strangler/platform";
import type { Applier } from "../apply/applier.ts";
import { createCollector, type Collector } from "../apply/collector.ts";
import type { NoteHandlers } from "../apply/notes.ts";
import type { Unit } from "../apply/unit.ts";
import type { StoredPosition } from "../apply/position-store.ts";
import type { LogPositions } from "../capture/log-reader.ts";
import type { PgoutputMessage } from "../capture/pgoutput.ts";
import type { SlotFacts } from "../capture/slot.ts";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { NO_CONTROL, type Control } from "../control/control.ts";
import { followSchema, type StreamSchema } from "../ddl/follow-schema.ts";
import { DDL_PREFIX } from "../ddl/trigger-sql.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import { toUnixMs } from "../postgres/clock.ts";
import type { Lsn } from "../postgres/lsn.ts";
import type { Session } from "../postgres/session.ts";
import type { ChangeSource, OpenChanges } from "./change-source.ts";
import type { StreamLimits } from "./limits.ts";
import { countRows, type TableTally } from "./table-tally.ts";
import { watchSource, type SourceWatch } from "./watch-source.ts";
import type { Windows } from "../windows/start-windows.ts";

export type FollowOptions = {
  plan: StreamPlan;
  tables: readonly ResolvedTable[];
  open: OpenChanges;
  /** The stored position to go on from. */
  from: StoredPosition;
  openSource: () => Promise<Session>;
  /** What is known of the source beside its changes; the slot and the publication when absent. */
  watch?: () => Promise<SourceWatch>;
  applier: Applier;
  /** Whose prefixes the log's notes are kept for; the applier knows what to do with them. */
  notes: NoteHandlers;
  /** Keeps up with changes of the source's tables; without it, nothing is announced. */
  schema?: StreamSchema;
  /** Counts what has been written, by table. */
  tally: TableTally;
  /** What reads rows beside the log, and so must see all of it; absent where there is no log to write notes into. */
  windows?: Windows;
  limits: StreamLimits;
  log: Logger;
  signal: AbortSignal;
  /** What people ask of the stream while it runs; without it, it just applies. */
  control?: Control | undefined;
  /** Called once the log flows, with a way to look inside. */
  onFollowing: (view: FollowView) => void;
};

export type FollowView = {
  positions: () => LogPositions;
  lagMs: () => number;
  waiting: () => Waiting;
  slot: () => SlotFacts | undefined;
  /** Everything that the source has committed before it is on the target. Further than the stored position where the log brought nothing for the stream. */
  applied: () => Lsn;
  /** Where the source's log ends now. Rejects when the source cannot be asked. */
  sourcePosition: () => Promise<Lsn>;
};

/** What has arrived and is not on the target yet: complete source transactions, and rows by target table. */
export type Waiting = { transactions: number; rows: ReadonlyMap<string, number> };

/** Follows until `signal` says stop (then resolves between two transactions) or something fails (then throws it). */
export async function follow(options: FollowOptions): Promise<void> {
  const { applier, limits, signal, control = NO_CONTROL } = options;
  const inbox = createInbox(options);
  const reader = await options.open(options.from, {
    onMessage: inbox.add,
    onHorizon: inbox.setHorizon,
    isBehind: () => inbox.collector.waitingBytes() > ENOUGH_WAITING,
  });
  const pressure = createPressure(reader, inbox.collector, limits.waitingBytes);
  inbox.onAdded = pressure.check;
  reader.ended.catch((error: unknown) => inbox.fail(error));
  const watch = await (options.watch?.() ?? watchSource(options.plan, options.openSource, inbox.fail));
  const positions = () => {
    const heard = reader.positions();
    const { logEnd } = watch.view();
    return { ...heard, logEnd: logEnd > heard.logEnd ? logEnd : heard.logEnd };
  };
  const stop = () => inbox.wake();
  signal.addEventListener("abort", stop);
  const underWay: UnderWay[] = [];
  let lastCommitMs = Date.now();
  // A part of a source transaction has been taken: the rest goes the same way, whatever is asked meanwhile.
  let isOpen = false;
  let isPassing = false;
  control.onNews(inbox.wake);
  const passOver = async () => {
    isPassing = true;
    for (let unit = inbox.collector.take(); unit !== undefined; unit = inbox.collector.take()) {
      isOpen = unit.boundary === undefined;
      if (unit.boundary !== undefined) await applier.advance(unit.boundary.endLsn);
    }
    isPassing = isOpen;
    reader.confirm(applier.position());
    pressure.check();
  };
  const start = (unit: Unit): UnderWay => {
    const done = applier.apply(unit).then(() => {
      underWay.shift();
      options.tally.add(unit);
      if (unit.boundary?.commitTime !== undefined) lastCommitMs = toUnixMs(unit.boundary.commitTime);
      reader.confirm(applier.position());
      pressure.check();
    });
    done.catch(() => undefined);
    return { unit, done };
  };
  options.onFollowing({
    positions,
    lagMs: () => lagMs(reader, inbox.collector, applier, underWay[0]?.unit, lastCommitMs),
    waiting: () => countWaiting(inbox.collector, underWay),
    slot: () => watch.view().slot,
    applied: () => {
      const stored = applier.position();
      const nothingWaits = underWay.length === 0 && inbox.collector.isEmpty();
      return nothingWaits && inbox.horizon() > stored ? inbox.horizon() : stored;
    },
    sourcePosition: watch.position,
  });
  options.windows?.start(() => lagMs(reader, inbox.collector, applier, underWay[0]?.unit, lastCommitMs), inbox.fail);
  try {
    while (!signal.aborted) {
      inbox.beginLook();
      const mayTake: boolean = underWay.length < AT_ONCE && (control.isQuiet() || isOpen) && !isPassing;
      const unit: Unit | undefined = mayTake ? inbox.collector.take() : undefined;
      if (unit !== undefined) {
        isOpen = unit.boundary === undefined;
        underWay.push(start(unit));
        continue;
      }
      const [first] = underWay;
      if (first !== undefined) {
        await (underWay.length < AT_ONCE ? Promise.race([first.done, inbox.nextNews(undefined)]) : first.done);
        continue;
      }
      if (control.hasNews() && !isOpen) {
        await control.attend();
        continue;
      }
      if (control.mode() === "armed") await passOver();
      // Whatever went wrong at the source: all that had arrived whole before it is on the target now.
      inbox.throwFailure();
      const restMs = await advanceIdle(inbox, applier, reader, limits);
      await inbox.nextNews(restMs);
    }
    // What was sent is either committed or undone before the session ends.
    await Promise.allSettled(underWay.map(({ done }) => done));
  } finally {
    signal.removeEventListener("abort", stop);
    await Promise.all([watch.close(), reader.close()]);
  }
}

// --- internal ---

/** Units that are given to the target at once: while it works on one, the next is there already. */
const AT_ONCE = 2;

/** Bytes that wait for the target, from which on there is no hurry to read more. */
const ENOUGH_WAITING = 512 * 1024;

type UnderWay = { unit: Unit; done: Promise<void> };

type Inbox = {
  collector: Collector;
  add: (message: PgoutputMessage) => void;
  /** Everything that was committed before it has arrived. */
  setHorizon: (logEnd: Lsn) => void;
  horizon: () => Lsn;
  fail: (error: unknown) => void;
  throwFailure: () => void;
  wake: () => void;
  /** What arrives from here on is news. To be said before looking: a wait that nobody needs any more must not swallow it. */
  beginLook: () => void;
  /** Resolves when something has arrived since the last look began, or after `limitMs`. Of several calls only the last is sure to hear. */
  nextNews: (limitMs: number | undefined) => Promise<void>;
  onAdded: () => void;
  lastAdvance: number;
};

function createInbox(options: FollowOptions): Inbox {
  const { limits, notes, windows } = options;
  const schema = options.schema ?? followSchema({ ...options, isAnnounced: false });
  const watcher = windows?.watcher;
  const collector = createCollector({
    pieceBytes: limits.pieceBytes,
    pieceChanges: limits.pieceChanges,
    follow: schema.follow,
    isWanted: (prefix) => prefix in notes,
    localOnly: options.plan.reverse !== undefined,
  });
  let failure: { error: unknown } | undefined;
  let news = false;
  let waiter: (() => void) | undefined;
  let horizon = 0n;
  const inbox: Inbox = {
    collector,
    add(message) {
      if (failure !== undefined) return;
      try {
        if (message.kind === "message" && message.prefix === DDL_PREFIX && DDL_PREFIX in notes) schema.read(message);
        collector.add(message);
        if (watcher !== undefined && (message.kind !== "row" || watcher.wantsRows())) watcher.observe(message);
      } catch (error) {
        failure = { error };
      }
      inbox.onAdded();
      inbox.wake();
    },
    setHorizon(logEnd) {
      if (failure !== undefined || logEnd <= horizon) return;
      horizon = logEnd;
      inbox.wake();
    },
    horizon: () => horizon,
    fail: (error) => {
      failure ??= { error };
      inbox.wake();
    },
    throwFailure() {
      if (failure !== undefined) throw failure.error;
    },
    wake() {
      news = true;
      waiter?.();
    },
    beginLook() {
      news = false;
    },
    async nextNews(limitMs) {
      if (news) return;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        waiter = resolve;
        if (limitMs !== undefined) timer = setTimeout(resolve, limitMs);
      });
      clearTimeout(timer);
    },
    onAdded: () => undefined,
    lastAdvance: performance.now(),
  };
  return inbox;
}

function countWaiting(collector: Collector, underWay: readonly UnderWay[]): Waiting {
  const { closed, ready } = collector.waiting();
  const units = [...underWay.map(({ unit }) => unit), ...closed];
  const rows = new Map<string, number>();
  for (const unit of units) if (unit.kind === "batch") countRows(unit.batch, rows);
  countRows(ready, rows);
  const complete = units.reduce((sum, { boundary }) => sum + (boundary?.transactions ?? 0), 0);
  return { transactions: complete + ready.ends.length, rows };
}

// A source that is faster than the target is held back at the socket, so that no more than this is ever in memory.
function createPressure(reader: ChangeSource, collector: Collector, limit: number) {
  let paused = false;
  return {
    check: () => {
      const waiting = collector.waitingBytes();
      if (!paused && waiting > limit) {
        paused = true;
        reader.pause();
      } else if (paused && waiting < limit / 2) {
        paused = false;
        reader.resume();
      }
    },
  };
}

// The log moves on with changes of other tables too; if the position did not move with it, the source would keep all of it.
// Answers how long to wait before looking again; undefined when there is nothing to look for.
async function advanceIdle(
  inbox: Inbox,
  applier: Applier,
  reader: ChangeSource,
  limits: StreamLimits,
): Promise<number | undefined> {
  const behind = inbox.horizon() - applier.position();
  if (behind <= 0n || !inbox.collector.isEmpty()) return undefined;
  const restMs = inbox.lastAdvance + limits.idleAdvanceMs - performance.now();
  if (restMs > 0 && behind < limits.idleAdvanceBytes) return restMs;
  await applier.advance(inbox.horizon());
  inbox.lastAdvance = performance.now();
  reader.confirm(applier.position());
  return undefined;
}

function lagMs(
  reader: ChangeSource,
  collector: Collector,
  applier: Applier,
  current: Unit | undefined,
  lastCommitMs: number,
): number {
  const { clockSkewMs, received, logEnd } = reader.positions();
  const inFlight = current?.boundary;
  const oldest =
    inFlight !== undefined && inFlight.endLsn > applier.position()
      ? inFlight.firstCommitTime
      : collector.oldestCommitTime();
  if (oldest !== undefined) return Math.max(0, Math.round(Date.now() - clockSkewMs - toUnixMs(oldest)));
  if (logEnd <= received) return 0;
  return Math.max(0, Math.round(Date.now() - clockSkewMs - lastCommitMs));
}
