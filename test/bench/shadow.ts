import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Endings } from "./proxy/processes.ts";
import type { BenchOptions, BenchResult } from "./result.ts";
import { makeCases, type Case } from "./shadow/cases.ts";
import { measureHurt, type Hurt } from "./shadow/hurt.ts";
import { judgeCase, type Judged } from "./shadow/judge.ts";

const SEED = 20_261;
const SAMPLES = 300;
const LOAD = { rate: 1_000, seconds: 3, rounds: 7 };
const LIMITS = { found: 0.99, falseAlarms: 0.01, p99Ms: 1, memoryMiB: 64, errors: 0, uncounted: 0 };

/** Finds seeded faults among noise, and lets candidates misbehave beside a proxy that has none. */
export async function run({ progress }: BenchOptions): Promise<BenchResult> {
  const { regressions, harmless } = makeCases(SEED);
  const faults = await judgeAll(regressions, SEED, (done) =>
    progress(`${done} of ${regressions.length} regressions judged`),
  );
  const calm = await judgeAll(harmless, 2 * SEED, (done) =>
    progress(`${done} of ${harmless.length} harmless differences judged`),
  );
  const folder = await mkdtemp(path.join(tmpdir(), "strangler-shadow-"));
  const endings: Endings = [];
  try {
    return toResult(faults, calm, await measureHurt(folder, endings, { ...LOAD, progress }));
  } finally {
    await Promise.all(endings.map((end) => end()));
    await rm(folder, { recursive: true, force: true });
  }
}

// --- internal ---

async function judgeAll(cases: readonly Case[], seed: number, progress: (done: number) => void): Promise<Judged[]> {
  const judged: Judged[] = [];
  for (const [index, each] of cases.entries()) {
    judged.push(await judgeCase(each, SAMPLES, seed * 1_000 + index));
    if (judged.length % 50 === 0) progress(judged.length);
  }
  return judged;
}

function toResult(faults: readonly Judged[], calm: readonly Judged[], hurts: readonly Hurt[]): BenchResult {
  const found = share(faults, ({ oursFound }) => oursFound);
  const foundPlainly = share(faults, ({ plainFound }) => plainFound);
  const alarms = share(calm, ({ ours }) => ours.length > 0);
  const alarmsPlainly = share(calm, ({ plain }) => plain.length > 0);
  const worst = (of: (hurt: Hurt) => number) => Math.max(...hurts.map(of));
  const errors = worst(({ requests, answered }) => requests - answered);
  return {
    name: "shadow",
    ratios: {
      found,
      false_alarms: alarms,
      found_by_plain_rule: foundPlainly,
      false_alarms_of_plain_rule: alarmsPlainly,
      p99_difference_ms: worst(({ p99Ms }) => p99Ms.difference),
      memory_difference_mib: worst(({ memoryMiB }) => memoryMiB.difference),
      client_errors: errors,
      uncounted: worst(({ uncounted }) => Math.abs(uncounted)),
    },
    table: [
      ["what", "ours", "yardstick", "limit"],
      [`regressions found, of ${faults.length}`, percent(found), percent(foundPlainly), `>= ${percent(LIMITS.found)}`],
      ["  alarms elsewhere in them", alarmsElsewhere(faults, "ours"), alarmsElsewhere(faults, "plain"), ""],
      [`false alarms, of ${calm.length}`, percent(alarms), percent(alarmsPlainly), `<= ${percent(LIMITS.falseAlarms)}`],
      ...hurts.flatMap(({ candidate, p99Ms, cpuMicroseconds, memoryMiB, requests, answered, uncounted }) => [
        [`candidate ${candidate}: p99, ms more than without`, p99Ms.difference, p99Ms.without, `<= ${LIMITS.p99Ms}`],
        [`candidate ${candidate}: CPU per request, us`, cpuMicroseconds.with, cpuMicroseconds.without, ""],
        [`candidate ${candidate}: memory, MiB more`, memoryMiB.difference, memoryMiB.without, `<= ${LIMITS.memoryMiB}`],
        [`candidate ${candidate}: customers' errors`, requests - answered, "", LIMITS.errors],
        [`candidate ${candidate}: requests not counted`, uncounted, "", LIMITS.uncounted],
      ]),
    ],
    notes: [
      `Judged after ${SAMPLES} requests to 40 entries each, seed ${SEED}; the monolith is asked twice for the first 100 and a tenth of the others. Faults meet all, half, a tenth or a twentieth of the entries; every answer carries six changing fields besides.`,
      `Questions of ours beyond the customers' own, for each of their requests: ${askedPer(faults, calm, "control")} to the monolith, ${askedPer(faults, calm, "candidate")} to the candidate. The plain rule was given two answers of the monolith for every request.`,
      "Yardsticks: the plain rule for what is found, the proxy without shadow for what it costs. The plain rule is Diffy's as publicly described (20 %, 0.03 %), without rules of a route and without a notion of chance.",
      `Delays: ${LOAD.rate} requests a second of 13 KiB each from the moment they were due; medians of ${LOAD.rounds} pairs of rounds of ${LOAD.seconds} s, with and without shadow in turn. Every answer was a whole 200, or the client would have ended.`,
      ...faults.filter(({ oursFound }) => !oursFound).map(({ name }) => `Not found: ${name}`),
      ...calm.filter(({ ours }) => ours.length > 0).map(({ name, ours }) => `False alarm: ${name}: ${ours.join(", ")}`),
    ],
    figures: { samples: SAMPLES, seed: SEED, faults, calm, hurts },
  };
}

function share(judged: readonly Judged[], is: (one: Judged) => boolean): number {
  return judged.filter(is).length / judged.length;
}

function percent(value: number): string {
  return `${Math.round(value * 1_000) / 10} %`;
}

function alarmsElsewhere(judged: readonly Judged[], who: "ours" | "plain"): number {
  return judged.reduce((sum, each) => sum + each[`${who}Elsewhere`].length, 0);
}

function askedPer(faults: readonly Judged[], calm: readonly Judged[], side: "control" | "candidate"): number {
  const all = [...faults, ...calm];
  const asked = all.reduce((sum, each) => sum + each.asked[side], 0);
  return Math.round((asked / (all.length * SAMPLES)) * 100) / 100;
}
