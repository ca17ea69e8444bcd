import { createRandom } from "../random.ts";
import { arrivals, type ArrivalKind } from "../schedule.ts";
import type { Scenario, VisitorKind } from "../scenario/schema.ts";
import { waitUntil } from "./clock.ts";
import { describeFailure } from "./failure.ts";
import { visit, type Premises, type Visitor } from "./visit.ts";

export type DoorOptions = {
  /** Visitors per second. */
  rate: number;
  arrivals: ArrivalKind;
  seed: number;
  durationMs?: number;
  uniquePrefix: string;
  maxVisitors: number;
  /** One visitor of each kind comes, instead of kinds drawn by weight; then the door closes. */
  oneOfEach?: boolean;
};

export type Door = {
  close: () => void;
  /** Once everybody has gone: for how many milliseconds the door was open. */
  empty: Promise<number>;
};

/**
 * Lets visitors in when they are due. Who comes, and every number she draws, follows from the seed and her place in the
 * row alone, never from the order in which answers arrive.
 */
export function openDoor(options: DoorOptions, premises: Premises): Door {
  const { clock, recorder, scenario } = premises;
  const schedule = arrivals(options.arrivals, options.rate, createRandom(options.seed, "arrivals"));
  const kindOf = options.oneOfEach ? (number: number) => scenario.visitors[number] : createDraw(options.seed, scenario);
  const present = new Set<Promise<void>>();
  const closing = new AbortController();
  const endMs = options.durationMs ?? Number.POSITIVE_INFINITY;

  const letIn = (kind: VisitorKind, arrivesMs: number, number: number) => {
    const random = createRandom(options.seed, "visitor", number);
    const visitor = { kind, number, arrivesMs, random, unique: `${options.uniquePrefix}-${number}` };
    if (present.size >= options.maxVisitors) {
      turnAway(visitor, premises);
      return;
    }
    recorder.visitor("arrived");
    const visiting = visit(visitor, premises);
    present.add(visiting);
    void visiting.finally(() => present.delete(visiting));
  };

  const openFor = async () => {
    for (let number = 0; ; number += 1) {
      const arrivesMs = schedule.next().value;
      const kind = kindOf(number);
      await waitUntil(clock, Math.min(arrivesMs, endMs), closing.signal);
      if (closing.signal.aborted) return Math.min(clock.now(), endMs);
      if (arrivesMs >= endMs) return endMs;
      if (!kind) return arrivesMs;
      letIn(kind, arrivesMs, number);
    }
  };
  const empty = openFor().then(async (durationMs) => {
    await Promise.all(present);
    return durationMs;
  });
  return { close: () => closing.abort(), empty };
}

// --- internal ---

function turnAway({ kind, arrivesMs, number }: Visitor, { recorder, startedAt }: Premises): void {
  const [step] = kind.steps;
  recorder.visitor("turnedAway");
  recorder.scheduled();
  recorder.notReached(kind.steps.length - 1);
  const exchange = { error: "too many visitors were still waiting for answers" };
  const request = { method: step?.method ?? "GET", path: step?.path ?? "/", headers: {} };
  const fault = { kind: "turned-away", reason: exchange.error } as const;
  const who = { visitor: kind.name, visitorNumber: number, step: step?.name ?? "" };
  const timing = { scheduledMs: arrivesMs, finishedMs: arrivesMs };
  recorder.failedUnsent(describeFailure({ fault, ...who, request, exchange, ...timing }, startedAt));
}

/** Draws kinds of visitors in proportion to their weights. */
function createDraw(seed: number, { visitors }: Scenario): () => VisitorKind {
  const random = createRandom(seed, "kinds");
  const total = visitors.reduce((sum, { weight }) => sum + weight, 0);
  return () => {
    let left = random.next() * total;
    return visitors.find(({ weight }) => (left -= weight) < 0) ?? (visitors.at(-1) as VisitorKind);
  };
}
