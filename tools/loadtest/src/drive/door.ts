import { createRandom, type Random } from "../random.ts";
import { arrivals, type ArrivalKind } from "../schedule.ts";
import type { VisitorKind } from "../scenario/schema.ts";
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
  const drawKind = createDraw(scenario.visitors, createRandom(options.seed, "kinds"));
  const present = new Set<Promise<void>>();
  const closing = new AbortController();
  const endMs = options.durationMs ?? Number.POSITIVE_INFINITY;

  const letIn = (arrivesMs: number, number: number) => {
    const random = createRandom(options.seed, "visitor", number);
    const visitor = { kind: drawKind(), number, arrivesMs, random, unique: `${options.uniquePrefix}-${number}` };
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
      await waitUntil(clock, Math.min(arrivesMs, endMs), closing.signal);
      if (closing.signal.aborted) return Math.min(clock.now(), endMs);
      if (arrivesMs >= endMs) return endMs;
      letIn(arrivesMs, number);
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
function createDraw(kinds: readonly VisitorKind[], random: Random): () => VisitorKind {
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0);
  return () => {
    let left = random.next() * total;
    return kinds.find(({ weight }) => (left -= weight) < 0) ?? (kinds.at(-1) as VisitorKind);
  };
}
