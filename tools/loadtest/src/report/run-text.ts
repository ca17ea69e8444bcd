import { findUnfitness, type Run } from "../run.ts";
import { asCount, asShare, chosenMs, inMs, perSecond } from "../words.ts";
import { columns, wrap } from "./columns.ts";

const MOST_FAILURES = 5;

/** One run for a terminal of 80 columns. */
export function renderRun(run: Run): string {
  const { requests, visitors, generator } = run;
  return [
    ...wrap(
      `${run.scenario}: ${asCount(visitors.arrived)} visitors in ${chosenMs(run.durationMs)}, ` +
        `${asCount(requests.scheduled)} requests, ${asCount(requests.failed)} failed, ` +
        `${perSecond(run.throughputPerSecond)} correct answers.`,
    ),
    "",
    ...columns([HEAD, ...rowsOf(run)], WIDEST),
    "",
    ...servedBy(run),
    ...wrap(
      `Generator: 99 % of requests left within ${inMs(generator.lateness.p99Ms)} of their time ` +
        `(bound ${chosenMs(generator.latenessLimitMs)}), ${asCount(generator.queued)} waited for a connection.`,
    ),
    ...failures(run),
    ...findUnfitness(run).flatMap((reason) => ["", ...wrap(`These figures cannot be relied on: ${reason}.`)]),
  ].join("\n");
}

// --- internal ---

const HEAD = ["step", "requests", "failed", "p50", "p95", "p99", "max"];
const WIDEST = [22, 9, 7, 9, 9, 9, 9];

function rowsOf({ steps, requests, latency }: Run): string[][] {
  const row = (name: string, count: number, failed: number, { p50Ms, p95Ms, p99Ms, maxMs }: Run["latency"]) => [
    name,
    asCount(count),
    asCount(failed),
    ...[p50Ms, p95Ms, p99Ms, maxMs].map(inMs),
  ];
  return [
    ...Object.entries(steps).map(([name, step]) => row(name, step.requests, step.failed, step.latency)),
    row("all", requests.scheduled, requests.failed, latency),
  ];
}

function servedBy({ servedBy: tally, requests }: Run): string[] {
  const shares = Object.entries(tally).map(([name, count]) => `${name} ${asShare(count / requests.finished)}`);
  return shares.length === 0 ? [] : wrap(`Answered by: ${shares.join(", ")}.`);
}

function failures({ failures: all }: Run): string[] {
  const shown = all
    .slice(0, MOST_FAILURES)
    .flatMap(({ time, step, method, path, reason, servedBy: by }) => [
      ...wrap(`${time.slice(11, 23)} ${step}: ${method} ${path}: ${reason}${by === null ? "" : ` (${by})`}`),
    ]);
  const more = all.length - MOST_FAILURES;
  return all.length === 0
    ? []
    : ["", "Failed:", ...shown, ...(more > 0 ? [`and ${asCount(more)} more; --json has all`] : [])];
}
