import type { Sides } from "../../../proxy/src/watch/blocks.ts";

// Flagger's documented rule (docs/gitbook/usage/metrics.md and deployment-strategies.md of fluxcd/flagger 1.44): every `interval` the
// success rate of the canary over that interval is asked for; below 99 %, or without a value, the check has failed; after `threshold`
// failed checks the canary is rolled back. The documented example has an interval of a minute and a threshold of 10 (two of its
// tutorials 5). The request duration check is left out: the latencies of this simulation never come near its 500 ms.

/** Judges the canary once a second by counters; true when it would be rolled back. */
export type Rule = (second: number, sides: Sides) => boolean;

export function flaggerRule({ intervalSeconds = 60, threshold = 10, successPercent = 99 } = {}): Rule {
  let before = { requests: 0, faults: 0 };
  let failedChecks = 0;
  return (second, { candidate }) => {
    if (second % intervalSeconds !== 0) return false;
    const requests = candidate.requests - before.requests;
    const failed = candidate.faults - before.faults;
    before = { requests: candidate.requests, faults: candidate.faults };
    const success = requests === 0 ? 0 : 100 * (1 - failed / requests);
    if (success < successPercent) failedChecks += 1;
    return failedChecks >= threshold;
  };
}
