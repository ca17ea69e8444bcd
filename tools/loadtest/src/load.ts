import { randomUUID } from "node:crypto";
import { LoadOptionInvalidError } from "./errors.ts";
import type { Run } from "./run.ts";
import type { ArrivalKind } from "./schedule.ts";
import type { Scenario } from "./scenario/schema.ts";
import { openGenerator, type Generator, type Load } from "./thread/generator.ts";
import type { StartOptions } from "./thread/messages.ts";

export type LoadOptions = {
  scenario: Scenario;
  /** An origin, such as http://127.0.0.1:8080. */
  baseUrl: string;
  /** Visitors per second. How many requests each makes is the scenario's business. */
  rate: number;
  seed: number;
  /** How visitors come; `poisson` when absent. */
  arrivals?: ArrivalKind;
  /** Visitors come for so long; until `stop` when absent. */
  durationMs?: number;
  /** A run whose 99th percentile of generator lateness is above this is not comparable. 50 ms when absent. */
  latenessLimitMs?: number;
  /** More connections than this are never opened (2,000 when absent); a request that has to wait for one is counted. */
  connections?: number;
  /** A request without a sign of an answer for so long has failed; 30,000 when absent. */
  timeoutMs?: number;
  /** Visitors who find so many others waiting are turned away, and counted as failed; 10,000 when absent. */
  maxVisitors?: number;
  /** One visitor of each kind comes, instead of kinds drawn by weight; then the run ends. */
  oneOfEach?: boolean;
  /** Noted in the run's circumstances. */
  commit?: string;
};

/**
 * Lets visitors come to `baseUrl`, from a thread of its own, until `stop` or for `durationMs`.
 * Throws ScenarioSetupFailedError when the setup requests are not answered as expected, LoadOptionInvalidError for
 * options that make no sense.
 */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const generator = openGenerator();
  try {
    const load = await startOn(generator, options);
    const done = closeAfter(load.done, generator);
    return { snapshot: load.snapshot, done, stop: () => load.stop().then(() => done) };
  } catch (error) {
    await generator.close();
    throw error;
  }
}

/** As `startLoad`, on a generator that is already there. */
export function startOn(generator: Generator, options: LoadOptions): Promise<Load> {
  return generator.start(complete(options));
}

/** Throws LoadOptionInvalidError unless the value is a number above zero. */
export function requirePositive(option: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) {
    throw new LoadOptionInvalidError(option, `${value} is not a number above zero`);
  }
}

// --- internal ---

function complete(options: LoadOptions): StartOptions {
  requirePositive("rate", options.rate);
  if (options.durationMs !== undefined) requirePositive("duration", options.durationMs);
  if (!URL.canParse(options.baseUrl)) {
    throw new LoadOptionInvalidError("url", `"${options.baseUrl}" is not an address; write http://127.0.0.1:8080`);
  }
  return {
    arrivals: "poisson",
    latenessLimitMs: 50,
    connections: 2000,
    timeoutMs: 30_000,
    maxVisitors: 10_000,
    uniquePrefix: randomUUID().slice(0, 8),
    ...options,
  };
}

function closeAfter(done: Promise<Run>, generator: Generator): Promise<Run> {
  const closed = done.finally(() => generator.close());
  // `done` need not be looked at by whoever only stops.
  closed.catch(() => undefined);
  return closed;
}
