import { createHistogram, recordMs, toDistribution } from "../src/histogram.ts";
import type { Random } from "../src/random.ts";
import type { Run } from "../src/run.ts";

export type FakeRun = {
  /** Correct answers, in milliseconds from their scheduled start. */
  latenciesMs: readonly number[];
  failed?: number;
  latenessMs?: number;
  startedAt?: string;
  servedBy?: string;
};

/** A run that might have been measured. One step, ten seconds. */
export function fakeRun({ latenciesMs, failed = 0, latenessMs = 0.1, startedAt, servedBy = "stub" }: FakeRun): Run {
  const latency = distributionOf(latenciesMs);
  const correct = latenciesMs.length;
  const requests = { scheduled: correct + failed, started: correct + failed, finished: correct + failed };
  return {
    scenario: "fake",
    baseUrl: "http://127.0.0.1:8080",
    seed: 1,
    arrivals: "poisson",
    rate: 20,
    startedAt: startedAt ?? "2026-01-01T00:00:00.000Z",
    durationMs: 10_000,
    visitors: { arrived: correct, finished: correct, left: 0, turnedAway: 0 },
    requests: { ...requests, correct, failed, notReached: 0 },
    throughputPerSecond: correct / 10,
    latency,
    steps: { page: { requests: correct + failed, failed, latency } },
    servedBy: { [servedBy]: correct + failed },
    failures: Array.from({ length: failed }, (_, index) => failure(index)),
    seconds: [
      { atMs: 0, scheduled: correct, failed, p50Ms: latency.p50Ms, p99Ms: latency.p99Ms, maxMs: latency.maxMs },
    ],
    generator: {
      lateness: distributionOf([latenessMs]),
      latenessLimitMs: 20,
      queued: 0,
      garbageCollection: { pauses: 0, totalMs: 0, longestMs: 0 },
    },
    circumstances: { machine: "test", cores: 2, memoryGiB: 4, platform: "test", node: process.version, dataSize: {} },
  };
}

/** Log-normal latencies, as servers have them. */
export function drawLatencies(random: Random, count: number, medianMs: number): number[] {
  return Array.from({ length: count }, () => medianMs * Math.exp(0.5 * normal(random)));
}

/** Standard normal, by Box and Muller. */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

// --- internal ---

function distributionOf(valuesMs: readonly number[]) {
  const histogram = createHistogram();
  for (const value of valuesMs) recordMs(histogram, value);
  return toDistribution(histogram);
}

function failure(index: number): Run["failures"][number] {
  return {
    time: "2026-01-01T00:00:00.000Z",
    atMs: index,
    visitor: "visitor",
    visitorNumber: index,
    step: "page",
    method: "GET",
    path: "/",
    status: 500,
    kind: "status",
    reason: "status 500 instead of 200",
    servedBy: "stub",
    requestId: null,
    latencyMs: 1,
  };
}
