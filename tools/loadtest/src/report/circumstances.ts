import type { Comparison } from "../compare/comparison.ts";
import { asCount, asShare, chosenMs, inMs } from "../words.ts";

/** Where, on what and how a comparison was made: label and value, in the order of reading. */
export function circumstanceLines({ circumstances, sides, pairs }: Comparison): [label: string, value: string][] {
  const c = circumstances;
  const served = (servedBy: Readonly<Record<string, number>>) =>
    Object.entries(servedBy)
      .map(([name, count]) => `${name} ${asCount(count)}`)
      .join(", ") || "nobody said (no x-served-by)";
  return [
    ["scenario", `${c.scenario}, seed ${c.seed}`],
    [
      "load",
      `${c.rate} visitors per second, ${c.arrivals === "poisson" ? "coming like independent people" : "evenly spaced"}`,
    ],
    ["blocks", `${pairs.planned} pairs of ${chosenMs(c.blockMs)}, sides taking turns; ${pairs.used} pairs used`],
    ["address", c.baseUrl],
    [`answered: ${sides.before.label}`, served(sides.before.servedBy)],
    [`answered: ${sides.after.label}`, served(sides.after.servedBy)],
    ...Object.entries(c.dataSize).map(([name, amount]): [string, string] => [`data: ${name}`, groupDigits(amount)]),
    ...Object.entries(c.notes).map(([name, value]): [string, string] => [name, value]),
    ["machine", `${c.machine}, ${c.cores} cores, ${c.memoryGiB} GiB, ${c.platform}`],
    ["Node", c.node],
    ["commit", c.commit ?? "none, not a repository"],
    ["started", c.startedAt],
    [
      "generator lateness",
      `99th percentile ${inMs(c.worstLatenessMs)} in the worst block, bound ${chosenMs(c.latenessLimitMs)}`,
    ],
    [
      "generator pauses",
      `${asCount(c.garbageCollection.pauses)} garbage collections, the longest ${inMs(c.garbageCollection.longestMs)}`,
    ],
    ["waited for a connection", `${asCount(c.queued)} requests`],
    ["noise of the machine", `${asShare(c.noise)} (spread of the median over the blocks of ${sides.before.label})`],
  ];
}

// --- internal ---

function groupDigits(amount: string): string {
  return /^\d+$/.test(amount) ? asCount(Number(amount)) : amount;
}
