import { asCount, asShare, inMs, inPercent, perSecond } from "../words.ts";
import type { Compared, Comparison, Figure } from "./comparison.ts";

type Findings = Pick<Comparison, "figures" | "sides" | "pairs" | "leftOut">;

/** The comparison in one or two sentences that need no statistics to be read. */
export function headlineOf({ figures, sides, pairs, leftOut }: Findings): string {
  const find = (name: string) => findCompared(figures, name);
  const median = find("median");
  if (!median) return `Could not compare: ${whyNot(figures, pairs, leftOut)}.`;
  const names = { before: sides.before.label, after: sides.after.label };
  const sentences = [
    errorSentence(sides),
    speedSentence(median, worstTail(find("95th percentile"), find("99th percentile")), names),
    throughputSentence(find("throughput"), names.after),
  ];
  return sentences.filter((sentence) => sentence !== undefined).join(" ");
}

// --- internal ---

type Names = { before: string; after: string };
type Tail = { figure: Compared; words: string };

function findCompared(figures: readonly Figure[], name: string): Compared | undefined {
  const figure = figures.find((candidate) => candidate.name === name);
  return figure?.outcome === "compared" ? figure : undefined;
}

function whyNot(figures: readonly Figure[], pairs: Findings["pairs"], leftOut: Findings["leftOut"]): string {
  const reason = leftOut[0]?.reason;
  if (reason !== undefined) return `${pairs.used} of ${pairs.planned} pairs of blocks were usable; in others ${reason}`;
  const median = figures.find(({ name }) => name === "median");
  return median?.outcome === "could not compare" ? median.reason : "nothing was measured";
}

function errorSentence({ before, after }: Findings["sides"]): string | undefined {
  if (before.failed + after.failed === 0) return undefined;
  const say = ({ label, failed, requests }: typeof before) =>
    `${label} failed ${asCount(failed)} of ${asCount(requests)} requests`;
  return `${capital(say(after))}, ${say(before)}: until every answer is right, the speed of the others says little.`;
}

/** The outermost percentile that differs; the 99th when none does. */
function worstTail(p95: Compared | undefined, p99: Compared | undefined): Tail | undefined {
  const tail99 = p99 && { figure: p99, words: "slowest 1 in 100" };
  const tail95 = p95 && { figure: p95, words: "slowest 1 in 20" };
  if (tail99 && differs(tail99.figure)) return tail99;
  return tail95 && differs(tail95.figure) ? tail95 : tail99;
}

function speedSentence(median: Compared, tail: Tail | undefined, names: Names): string {
  const verdict = `${capital(names.after)} is ${median.verdict} than ${names.before}`;
  if (!differs(median) && !(tail && differs(tail.figure))) return nothingSeen(median, tail, names);
  if (!tail) return `${verdict}: a typical request takes ${instead(median)}.`;
  if (!differs(median)) {
    return (
      `No difference seen for a typical request (${asShare(median.couldSee)} would have been), ` +
      `but the ${tail.words} are ${tail.figure.verdict} with ${names.after}: they take ${instead(tail.figure)}.`
    );
  }
  const typical = `${verdict}: a typical request takes ${instead(median)}.`;
  if (!differs(tail.figure)) {
    return `${typical} For the ${tail.words} no difference was seen (${asShare(tail.figure.couldSee)} would have been).`;
  }
  const isOtherWay = tail.figure.verdict !== median.verdict;
  return `${typical} ${isOtherWay ? "But the" : "The"} ${tail.words} take ${instead(tail.figure)}.`;
}

function nothingSeen(median: Compared, tail: Tail | undefined, names: Names): string {
  const inTail = tail ? `, or of ${asShare(tail.figure.couldSee)} in the ${tail.words},` : "";
  return (
    `No difference seen between ${names.before} and ${names.after}: ` +
    `a change of ${asShare(median.couldSee)} in a typical request${inTail} would have been seen.`
  );
}

function throughputSentence(throughput: Compared | undefined, after: string): string | undefined {
  if (!throughput || throughput.verdict !== "less" || throughput.change > -0.01) return undefined;
  return (
    `${capital(after)} does not keep up: ${perSecond(throughput.after)} correct answers arrived ` +
    `instead of ${perSecond(throughput.before)}.`
  );
}

function instead({ before, after, change, low, high }: Compared): string {
  return `${inMs(after)} instead of ${inMs(before)} (${inPercent(change)}, between ${inPercent(low)} and ${inPercent(high)})`;
}

function differs({ verdict }: Compared): boolean {
  return verdict !== "no difference seen";
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
