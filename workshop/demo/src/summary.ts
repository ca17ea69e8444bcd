import type { Findings } from "./tour.ts";

export type Verdict = { passed: boolean; lines: string[] };

/** What the demo showed, in one table, and whether all of it holds. */
export function summarize(findings: Findings, elapsedMs: number): Verdict {
  const checks: [string, string, boolean][] = [
    ["customers' requests", String(findings.requests), findings.requests > 0],
    ["failed requests", String(findings.failedRequests.length), findings.failedRequests.length === 0],
    ["failed while comparing", String(findings.comparedFailed), findings.comparedFailed === 0],
    ["flips", String(findings.flips), findings.flips > 0],
    ["rows proved equal", String(findings.rowsEqual), findings.rowsEqual > 0],
    ["tables that drifted", String(findings.drifted.length), findings.drifted.length === 0],
    ["shadowed answers compared", String(findings.comparedAnswers), findings.comparedAnswers > 0],
    ["shadowed answers not had", String(findings.failedCandidates), findings.failedCandidates === 0],
    ["mismatches", String(findings.mismatches), true],
    ["mismatches not explained", String(findings.unexplained.length), findings.unexplained.length === 0],
    ["stack healthy after", `${(findings.healthyMs / 1000).toFixed(1)} s`, true],
    ["memory of the stack", `${findings.memoryMb} MB`, true],
    ["the whole demo", `${(elapsedMs / 1000).toFixed(0)} s`, true],
  ];
  const lines = checks.map(
    ([what, figure, good]) => `${good ? "ok  " : "NOT "} ${what.padEnd(28)} ${figure.padStart(10)}`,
  );
  return { passed: checks.every(([, , good]) => good), lines };
}
