import type { Comparison } from "../compare/comparison.ts";
import type { Run } from "../run.ts";
import { asShare } from "../words.ts";

/** What a reader must not take from a comparison: sentences, the most misleading reading first. */
export function whatIsNotShown(comparison: Comparison): string[] {
  const { circumstances, figures, sides, leftOut, pairs } = comparison;
  const { cores, noise, rate, queued } = circumstances;
  const errors = figures.find(({ unit }) => unit === "share");
  const sentences = [
    `How much either side can bear. Visitors came at a fixed ${rate} per second whatever the answers did; throughput differs ` +
      `only if a side cannot keep up with that.`,
    `What either side would do on machines of its own. The generator, the databases and everything that answered shared ` +
      `${cores} cores here, over the loopback interface if the address was local; what one of them takes the others lack.`,
    `Why there is a difference. An answer that comes over one more hop is expected to take longer alone; whether that ` +
      `buys separate releases, separate scaling or one failure fewer is not a matter of milliseconds.`,
    `Differences smaller than those named in the column "could see". "No difference seen" is not "equal".`,
    `Anything about data that grows. What visitors left behind stayed there between blocks; both sides took turns, so both ` +
      `met the same growth.`,
    `Real people. Visitors are scripted, their wishes are drawn from one seed, and those of one pair ask both sides for the same.`,
    `The far tail. A percentile rests on the few slowest requests of each block; the curves end where fewer than five lie beyond.`,
  ];
  if (errors?.outcome === "compared" && sides.before.failed + sides.after.failed === 0) {
    sentences.push(
      `Rare errors. None was seen on either side, which still allows up to ${asShare(errors.couldSee)} of requests to fail.`,
    );
  }
  const overloaded = findOverloaded(comparison);
  if (overloaded.length > 0) {
    sentences.unshift(
      `A day on which it keeps up. ${overloaded.join(" and ")} answered less than came, so what was measured is mostly ` +
        `waiting; compare again with fewer visitors per second.`,
    );
  }
  if (noise > 0.1) {
    sentences.push(
      `Much finesse. The machine was restless: the same side's median wavered by ${asShare(noise)} from block to block.`,
    );
  }
  if (queued > 0) {
    sentences.push(
      `The server alone. ${queued} requests waited inside the generator for a free connection; the wait is in their latency.`,
    );
  }
  if (leftOut.length > 0) {
    sentences.push(
      `All that was measured. ${pairs.planned - pairs.used} of ${pairs.planned} pairs were left out, for the reasons given above.`,
    );
  }
  return sentences;
}

// --- internal ---

/** The labels of sides whose second halves saw a fifth fewer answers than requests were due. */
function findOverloaded({ blocks, sides }: Comparison): string[] {
  return (["before", "after"] as const)
    .filter((side) => {
      const runs = blocks.filter((block) => block.side === side).map(({ run }) => run);
      const sum = (amount: (run: Run) => number) => runs.reduce((total, run) => total + amount(run), 0);
      const due = sum(({ requests, durationMs }) => requests.scheduled / (durationMs / 1000));
      return sum(({ throughputPerSecond }) => throughputPerSecond) < 0.8 * due;
    })
    .map((side) => sides[side].label);
}
