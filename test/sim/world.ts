// One simulated world: a source with its log, a slot, a network, the stream's process, a target. It offers the steps that can be taken
// next; a schedule is a choice among them, again and again. After each step it looks whether what was promised still holds.

import { hrtime } from "node:process";
import { errorCode } from "@strangler/platform";
import { judge } from "../../cdc/src/run/retry.ts";
import { createRandom } from "../fuzz/random.ts";
import { createLink, type Link } from "./link.ts";
import { createTargetSession, lookingSession, type TargetSession } from "./session.ts";
import { createSource } from "./source.ts";
import { startStreamProcess, type StreamProcess } from "./stream-process.ts";
import { keyOf, project, TARGET_TABLES, type Row } from "./tables.ts";
import { createTarget, emptyTables, type Store } from "./target.ts";
import { settled, type SimulatedTime } from "./time.ts";
import { createWalSender, type Slot, type WalSender } from "./wal-sender.ts";
import { createWorkload, firstRows } from "./workload.ts";

export const FAULTS = [
  "kill the process",
  "stop the process",
  "cut the source's connection",
  "cut the target's connection",
  "crash the source",
  "crash the target",
] as const;
export type Fault = (typeof FAULTS)[number];

export type WorldOptions = {
  transactions: number;
  without: readonly string[];
  limits: { pieceBytes: number; pieceChanges: number; waitingBytes: number };
  twoPhase: boolean;
  /** Nothing keeps a second process from starting while the first one's last statements are still on their way. */
  unlocked: boolean;
};

/** What was promised and does not hold. */
export class Violation extends Error {}

export type Step = { weight: number; name: string; take: () => string | void };

export type World = {
  /** What can happen next. */
  steps: () => Step[];
  fault: (kind: Fault) => string | undefined;
  /** Lets our code go on, then throws Violation if something does not hold. */
  look: () => Promise<void>;
  /** All of the source's work is done and on the target, and the source may forget its log. */
  isAtRest: () => boolean;
  /** What can only be seen at the end. Throws Violation. */
  lookBack: () => void;
  workIsOver: () => boolean;
  /** Something did not hold. */
  fail: (what: string) => void;
  describe: () => string;
  close: () => void;
};

export function createWorld(seed: number, options: WorldOptions, time: SimulatedTime): World {
  const random = createRandom(seed, 1);
  const source = createSource(firstRows());
  const start = source.end();
  const workload = createWorkload(createRandom(seed, 2), source, options);
  const target = createTarget(copiedTables(), start);
  const { twoPhase } = options;
  const slot: Slot = { confirmed: start, confirmedOnDisk: start, twoPhase, holder: undefined };
  const heard: string[] = [];
  let process: RunningProcess | undefined;
  let leftSenders: WalSender[] = [];
  let leftSessions: TargetSession[] = [];
  const asleep = new Map<TargetSession, number>();
  let looks = 0;
  let violation: string | undefined;
  let checkedCommits = 0;
  let lastApplied = start;
  let deliveredSinceAnswer = 0;

  function startProcess(): string {
    const link = createLink();
    const sender = createWalSender({ source, slot, link, random, onStatus: checkStatus });
    const session = createTargetSession(target, (error) => fail(`the target: ${describeError(error)}`));
    const { applied } = target.committed().position;
    if (slot.confirmed > applied) fail(`the slot begins at ${slot.confirmed}, but only ${applied} is applied`);
    const { limits } = options;
    const started = startStreamProcess({
      link,
      target: session.session,
      look: lookingSession(target),
      slot: { confirmed: slot.confirmed, twoPhase },
      limits: { ...limits, idleAdvanceBytes: 64n },
      sourceEnd: source.end,
      onNote: (content) => heard.push(content),
    });
    const running: RunningProcess = { ...started, link, sender, session, isOver: false };
    process = running;
    deliveredSinceAnswer = 0;
    started.ended.then(
      () => leave(running, undefined),
      (error: unknown) => leave(running, error),
    );
    return `a process starts behind ${applied}`;
  }

  // The process is gone; what it has sent may still be on its way, and the servers have yet to notice.
  function leave(running: RunningProcess, error: unknown): void {
    if (running.isOver) return;
    running.isOver = true;
    running.link.cut(false);
    running.session.cut(false, 0);
    leftSenders.push(running.sender);
    leftSessions.push(running.session);
    // Without a lock to wait for, what was sent last may be done when the next process has long gone on.
    if (options.unlocked && random.chance(50)) asleep.set(running.session, looks + random.below(LONGEST_SLEEP));
    if (process === running) process = undefined;
    time.forgetTimers();
    if (error !== undefined && !isForgivable(error)) fail(`the process ends for good: ${describeError(error)}`);
  }

  function isForgivable(error: unknown): boolean {
    if (judge(error) === "again") return true;
    // Whoever was overtaken finds rows that it did not expect, or a position; nothing of what it does then may be committed.
    return options.unlocked && OVERTAKEN.has(errorCode(error) ?? "");
  }

  function checkStatus(received: bigint, applied: bigint): void {
    const durable = target.committed().position.applied;
    if (applied > durable) fail(`${applied} is confirmed, only ${durable} is durable`);
    if (applied > received) fail(`${applied} is confirmed, only ${received} was received`);
  }

  function checkTarget(): void {
    if (target.commits() === checkedCommits) return;
    checkedCommits = target.commits();
    const store = target.committed();
    const { applied } = store.position;
    if (applied < lastApplied) fail(`the position goes back from ${lastApplied} to ${applied}`);
    lastApplied = applied;
    const difference = compare(store, source.stateAt(applied).tables);
    if (difference !== undefined) fail(`at ${applied} ${difference}`);
  }

  // Whoever is told a position may rely on it: whatever the source had committed before it is on the target.
  function checkPromise(): void {
    const promised = process?.view()?.applied();
    if (promised === undefined) return;
    const store = target.committed();
    const { endLsn, tables } = source.stateAt(promised);
    const difference = endLsn > store.position.applied ? compare(store, tables) : undefined;
    if (difference !== undefined) fail(`${promised} is said to be reached, but ${difference}`);
  }

  // A note may be heard twice, after a restart; never not at all, and never a later one first.
  function checkNotes(): void {
    const first = [...new Set(heard)];
    const written = source.notes("wanted");
    const wrong = written.findIndex((note, place) => note !== first[place]);
    if (wrong >= 0) fail(`the note "${written[wrong]}" was not heard in its turn, but "${first[wrong]}"`);
  }

  function fail(what: string): void {
    violation ??= what;
  }

  function crashTarget(): void {
    const all = [...leftSessions, ...(process === undefined ? [] : [process.session])];
    for (const session of all) {
      session.cut(true, Infinity);
      session.close();
    }
    leftSessions = [];
    target.crash();
  }

  function crashSource(): void {
    leftSenders = [];
    slot.holder = undefined;
    slot.confirmed = slot.confirmedOnDisk;
    source.crash();
    process?.link.cut(true);
  }

  const faults: Record<Fault, () => string | undefined> = {
    "kill the process": () => {
      if (process === undefined) return undefined;
      const lost = random.below(4);
      process.session.cut(false, random.chance(50) ? Infinity : lost);
      leave(process, undefined);
      return "the process is killed";
    },
    "stop the process": () => {
      if (process === undefined) return undefined;
      process.stop();
      return "the process is asked to stop";
    },
    "cut the source's connection": () => {
      if (process === undefined || process.link.isCut()) return undefined;
      leftSenders.push(process.sender);
      process.link.cut(true);
      return "the source's connection is cut";
    },
    "cut the target's connection": () => {
      if (process === undefined || process.session.isCut()) return undefined;
      process.session.cut(true, random.below(6));
      return "the target's connection is cut";
    },
    "crash the source": () => {
      crashSource();
      return "the source crashes";
    },
    "crash the target": () => {
      crashTarget();
      return "the target crashes";
    },
  };

  function steps(): Step[] {
    const all: Step[] = [];
    const offer = (weight: number, name: string, take: Step["take"]) => all.push({ weight, name, take });
    if (!workload.isOver()) offer(6, "work", () => workload.next());
    const mayStart = options.unlocked || leftSessions.length === 0;
    if (process === undefined && mayStart) offer(4, "start", startProcess);
    if (process !== undefined) offerOf(process, offer);
    for (const sender of leftSenders) {
      if (sender.link.hasSent()) offer(2, "source reads", () => sender.read());
      offer(2, "source notices", () => forgetSender(sender));
    }
    for (const session of leftSessions) {
      if (looks < (asleep.get(session) ?? 0)) continue;
      if (session.canExecute()) offer(3, "target executes", session.execute);
      else if (session.requests() === 0) offer(3, "target notices", () => forgetSession(session));
    }
    if (time.hasTimers()) offer(1, "time", () => void time.fireNext());
    return all;
  }

  function offerOf(
    { sender, link, session }: RunningProcess,
    offer: (weight: number, name: string, take: Step["take"]) => void,
  ) {
    if (sender.canSend()) offer(6, "source sends", sender.sendNext);
    if (link.hasSent()) offer(5, "source reads", sender.read);
    if (!link.isCut()) offer(1, "keepalive", () => sender.sendKeepalive(random.chance(30)));
    const deliverable = link.deliverable();
    if (deliverable > 0) offer(7, "network", () => deliver(link, deliverable));
    if (session.canExecute()) offer(7, "target executes", session.execute);
    if (session.canAnswer()) offer(7, "target answers", () => answer(session));
  }

  function deliver(link: Link, deliverable: number): string {
    const { waitingBytes } = options.limits;
    if (deliveredSinceAnswer > MOST_HELD * waitingBytes + SLACK_BYTES) {
      fail(`${deliveredSinceAnswer} bytes were taken while the target did nothing; ${waitingBytes} may wait`);
    }
    const size = random.chance(60) ? deliverable : 1 + random.below(deliverable);
    deliveredSinceAnswer += size;
    // What is kept until its commit comes waits elsewhere, and has bounds of its own.
    if ((process?.view()?.positions().spooled?.bytes ?? 0) > 0) deliveredSinceAnswer = 0;
    link.deliver(size);
    return `${size} bytes arrive`;
  }

  function answer(session: TargetSession): string {
    deliveredSinceAnswer = 0;
    session.answer();
    return "the target's answer arrives";
  }

  function forgetSender(sender: WalSender): string {
    leftSenders = leftSenders.filter((each) => each !== sender);
    if (slot.holder === sender) slot.holder = undefined;
    return "the source notices that a client is gone";
  }

  function forgetSession(session: TargetSession): string {
    session.close();
    leftSessions = leftSessions.filter((each) => each !== session);
    return "the target notices that a client is gone";
  }

  return {
    steps,
    fault: (kind) => faults[kind](),
    async look() {
      looks += 1;
      await settled();
      // The first thing that a process does may take the system a moment, in which nothing else happens here.
      const deadline = process === undefined ? 0n : realNow() + LONGEST_START_NS;
      while (process !== undefined && !hasSpoken(process)) {
        if (realNow() > deadline) throw new Violation("a process has started and says nothing");
        await settled();
      }
      checkTarget();
      checkPromise();
      if (violation !== undefined) throw new Violation(violation);
    },
    isAtRest: () => {
      const endLsn = source.workEnd();
      return workload.isOver() && target.committed().position.applied >= endLsn && slot.confirmed >= endLsn;
    },
    lookBack() {
      checkNotes();
      if (violation !== undefined) throw new Violation(violation);
    },
    workIsOver: workload.isOver,
    fail,
    describe: () => {
      const { applied } = target.committed().position;
      return `log ends at ${source.end()}, applied ${applied}, confirmed ${slot.confirmed}, ${process === undefined ? "no process" : "a process runs"}`;
    },
    close: () => {
      if (process !== undefined) leave(process, undefined);
    },
  };
}

// --- internal ---

type RunningProcess = StreamProcess & {
  link: Link;
  sender: WalSender;
  session: TargetSession;
  isOver: boolean;
  hasSpoken?: boolean;
};

// Rows are what waits; around each of them lie some thirty bytes of framing, and a delete is hardly longer than that.
const MOST_HELD = 4;
const SLACK_BYTES = 2_000;

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

const LONGEST_SLEEP = 150;

// By the machine's clock, which no schedule can stop.
const LONGEST_START_NS = 10_000_000_000n;
const realNow = () => hrtime.bigint();

function hasSpoken(process: RunningProcess): boolean {
  if (process.link.hasSent() || process.isOver) process.hasSpoken = true;
  return process.hasSpoken ?? false;
}

const OVERTAKEN = new Set(["STREAM_POSITION_MOVED", "STREAM_TARGET_REFUSED"]);

function copiedTables() {
  const tables = emptyTables();
  const rows = firstRows();
  for (const table of TARGET_TABLES) {
    for (const row of rows.get(table.from) ?? [])
      tables.get(table.name)?.set(keyOf(table.from, row), project(table, row));
  }
  return tables;
}

function compare(store: Store, expected: ReadonlyMap<string, ReadonlyMap<string, Row>>): string | undefined {
  for (const [name, rows] of expected) {
    const found = store.tables.get(name) ?? new Map<string, Row>();
    for (const [key, row] of rows) {
      const there = found.get(key);
      if (there === undefined) return `${name} lacks ${key}`;
      if (there.some((value, place) => value !== row[place]))
        return `${name} has ${key} as ${there.join("|")}, not ${row.join("|")}`;
    }
    for (const key of found.keys()) if (!rows.has(key)) return `${name} still has ${key}`;
  }
  return undefined;
}
