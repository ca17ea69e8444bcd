// One backlog of changes after another, generated while nobody reads it, applied twice: by PostgreSQL's own subscription, and by a
// stream of ours in a process of its own; each alone, in turns. Before anything counts, the rows of both are proved equal to the
// source's. Then rows at half the rate that PostgreSQL's own reaches, and how long each takes to arrive.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startOwnCluster } from "@strangler/test-kit";
import type { BenchOptions, BenchResult } from "./result.ts";
import { measureBacklogs, type Backlog, type Drained } from "./stream/drain.ts";
import { measureLatencies, type Latency } from "./stream/latency.ts";
import { setUp, type CpuSeconds, type Side } from "./stream/stage.ts";
import { WORKLOADS } from "./stream/workloads.ts";

export async function run({ progress }: BenchOptions): Promise<BenchResult> {
  // The same durability on both sides: the servers' `synchronous_commit` holds for PostgreSQL's own worker and for ours.
  const settings = { shared_buffers: "256MB", max_wal_size: "4GB" };
  const [source, target] = await Promise.all([startOwnCluster({ settings }), startOwnCluster({ settings })]);
  const folder = await mkdtemp(path.join(tmpdir(), "bench-stream-"));
  try {
    const stage = await setUp(source, target, folder);
    const backlogs = await measureBacklogs(stage, ROUNDS, progress);
    const single = backlogs.filter(({ workload }) => workload === WORKLOADS[0]?.name);
    const rate = Math.round(median(single.map(({ native }) => native.perSecond)) / 2);
    const latencies = await measureLatencies(stage, rate, LATENCY_ROUNDS, progress);
    await stage.close();
    return describe(backlogs, latencies, rate);
  } finally {
    await Promise.all([source.remove(), target.remove(), rm(folder, { recursive: true })]);
  }
}

// --- internal ---

const ROUNDS = 3;
const LATENCY_ROUNDS = 5;

function describe(backlogs: readonly Backlog[], latencies: Record<Side, Latency[]>, rate: number): BenchResult {
  const drained = (workload: string, side: Side, of: (each: Drained) => number) =>
    median(backlogs.filter((each) => each.workload === workload).map((each) => of(each[side])));
  const perSecond = WORKLOADS.map(({ name, label }) => ({
    name,
    label,
    native: drained(name, "native", (each) => each.perSecond),
    ours: drained(name, "ours", (each) => each.perSecond),
  }));
  const latency = (side: Side, of: "p50" | "p99") => median(latencies[side].map((each) => each[of]));
  const latencyRows = (["p50", "p99"] as const).map((of) => ({
    of,
    native: latency("native", of),
    ours: latency("ours", of),
  }));
  return {
    name: "stream",
    ratios: {
      ...Object.fromEntries(
        perSecond.map(({ name, native, ours }) => [`apply_${name}_vs_native`, ratio(ours, native)]),
      ),
      ...Object.fromEntries(
        latencyRows.map(({ of, native, ours }) => [`latency_${of}_vs_native`, ratio(ours, native)]),
      ),
    },
    table: [
      ["changes/s by transaction", "PostgreSQL's own", "strangler", "ratio"],
      ...perSecond.map(({ label, native, ours }) => [label, Math.round(native), Math.round(ours), ratio(ours, native)]),
      ...latencyRows.map(({ of, native, ours }) => [`${of} at ${rate}/s, ms`, native, ours, ratio(ours, native)]),
      ...WORKLOADS.slice(0, 3).map(({ name, label }) => [
        `CPU us, ${label}`,
        describeCpu((who) => drained(name, "native", (each) => each.cpuUsPerChange[who])),
        describeCpu((who) => drained(name, "ours", (each) => each.cpuUsPerChange[who])),
        "",
      ]),
    ],
    notes: [
      `Proved in every round: all rows of both targets equal the source's.`,
      `Medians of ${ROUNDS} rounds, of ${LATENCY_ROUNDS} for latency. Mixed: of ten changes six are updates, three inserts, one is a delete.`,
      "Rates: more is better. Latency, from commit to commit: less is better; a ratio below 1 is ours being quicker.",
      "CPU: microseconds of one core for a change, sender + applying session (+ the Node process).",
      "Source, target and both appliers share one machine, fsync is off on both servers; it does not show what a network or a slow disk does.",
    ],
    figures: { backlogs, latencies, rate },
  };
}

function describeCpu(of: (who: keyof CpuSeconds) => number): string {
  const parts = [of("sender"), of("writer"), of("stream")].filter((us) => us > 0);
  return parts.map((us) => us.toFixed(1)).join(" + ");
}

function ratio(ours: number, native: number): number {
  return Math.round((ours / native) * 100) / 100;
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2;
}
