// npm run sim -- [--schedules N] [--seed S]: that many schedules, from that seed on. A failing one is told by its seed, made smaller and shown.
// npm run sim -- --replay SEED: one schedule, step by step. npm run sim -- --every-step [--seed S]: every fault at every step of a few small ones.
import { parseArgs } from "node:util";
import { ExitCode, runMain } from "@strangler/platform";
import { tryEveryStep } from "./every-step.ts";
import { optionsOf, runSchedule } from "./schedule.ts";
import { shrink } from "./shrink.ts";
import { runWindows } from "./windows.ts";

runMain(async () => {
  const { values } = parseArgs({
    options: {
      schedules: { type: "string", default: "10000" },
      seed: { type: "string", default: "1" },
      replay: { type: "string" },
      "every-step": { type: "boolean", default: false },
      "stop-at": { type: "string", default: "5" },
      "no-shrink": { type: "boolean", default: false },
    },
  });
  const seed = Number(values.seed);
  if (values.replay !== undefined) return replay(Number(values.replay));
  if (values["every-step"]) return everyStep(seed);
  const failed = await many(seed, Number(values.schedules), Number(values["stop-at"]));
  if (failed === undefined) return;
  process.exitCode = ExitCode.finding;
  if (!values["no-shrink"]) await showSmaller(failed);
});

// --- internal ---

const EVERY = 10_000;

async function many(first: number, schedules: number, stopAt: number): Promise<number | undefined> {
  const startedAt = performance.now();
  let steps = 0;
  let faults = 0;
  let windows = 0;
  const failed: number[] = [];
  let ran = 0;
  for (let seed = first; seed < first + schedules && failed.length < stopAt; seed += 1) {
    const result = await runSchedule(seed);
    const beside = runWindows(seed);
    windows += beside.windows;
    ran += 1;
    steps += result.steps;
    faults += result.faults;
    if (result.violation !== undefined) {
      failed.push(seed);
      say(`seed ${seed}, step ${result.steps}: ${result.violation}`);
    }
    if (beside.violation !== undefined) {
      failed.push(seed);
      say(`seed ${seed}, step 0: ${beside.violation}`);
    }
    if (ran % EVERY === 0) say(`${ran} schedules, ${failed.length} failed`);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const report = {
    schedules: ran,
    failed,
    steps,
    faults,
    windows,
    seconds: Math.round(seconds),
    perSecond: Math.round(ran / seconds),
  };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  return failed[0];
}

async function showSmaller(seed: number): Promise<void> {
  const { options, result } = await shrink(seed, optionsOf(seed));
  const { transactions, faults, without, kinds } = options;
  say(
    `\nseed ${seed}, made smaller: ${JSON.stringify({ transactions, faults, without, kinds: faults > 0 ? kinds : [] })}`,
  );
  say(`${result.trace.slice(-LINES).join("\n")}\n${result.violation ?? "the smaller one holds"}`);
}

async function replay(seed: number): Promise<void> {
  const beside = runWindows(seed);
  if (beside.violation !== undefined) say(`windows: ${beside.violation}`);
  const result = await runSchedule(seed, { ...optionsOf(seed), traced: true });
  say(result.trace.join("\n"));
  say(result.violation ?? `all holds after ${result.steps} steps and ${result.faults} faults`);
  if (result.violation !== undefined) process.exitCode = ExitCode.finding;
}

async function everyStep(first: number): Promise<void> {
  const startedAt = performance.now();
  let schedules = 0;
  for (let seed = first; seed < first + SMALL_ONES; seed += 1) {
    const { schedules: ran, failures } = await tryEveryStep({ seed, transactions: 3, apart: 2 });
    schedules += ran;
    say(`seed ${seed}: ${ran} schedules, ${failures.length} failed`);
    for (const { steps, violation } of failures.slice(0, 3)) say(`  step ${steps}: ${violation ?? ""}`);
    if (failures.length > 0) process.exitCode = ExitCode.finding;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  process.stdout.write(`${JSON.stringify({ schedules, seconds: Math.round(seconds) })}\n`);
}

const SMALL_ONES = 5;
const LINES = 60;

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
