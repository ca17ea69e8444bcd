import { round } from "../round.ts";
import { THRESHOLDS, type Consequence, type Evidence, type Measure, type Threshold } from "./verdict-thresholds.ts";

/** Whether to split at all. */
export type Verdict = {
  answer: "split" | "modularise-first" | "stay-a-monolith";
  /** In one sentence. */
  because: string;
  reasons: Reason[];
};

/** One number held against its threshold. */
export type Reason = {
  measure: Measure;
  value: number;
  threshold: number;
  speaks: "for" | "against";
  sentence: string;
};

/** Holds the numbers against their thresholds. They come from the code alone: how many teams there are, it cannot know. */
export function giveVerdict(evidence: Evidence): Verdict {
  const held = THRESHOLDS.flatMap((threshold) => hold(threshold, evidence));
  const against = (then: Consequence): Reason[] =>
    held.filter(({ threshold, reason }) => threshold.then === then && reason.speaks === "against").map(reasonOf);
  const [stay, modularise] = [against("stay"), against("modularise")];
  if (stay.length > 0) return { answer: "stay-a-monolith", because: listed(stay), reasons: held.map(reasonOf) };
  if (modularise.length >= MANY) {
    return { answer: "modularise-first", because: listed(modularise), reasons: held.map(reasonOf) };
  }
  const because =
    modularise.length === 0
      ? "every number is on the side of a split"
      : `one number speaks against it, the others for it: ${listed(modularise)}`;
  return { answer: "split", because, reasons: held.map(reasonOf) };
}

// --- internal ---

/** One number may be bad luck; two say that the borders are not there yet. */
const MANY = 2;

type Held = { threshold: Threshold; reason: Reason };

function hold(threshold: Threshold, evidence: Evidence): Held[] {
  const { measure, atLeast = -Infinity, atMost = Infinity, says, why } = threshold;
  const value = threshold.value(evidence);
  if (value === null) return [];
  const limit = threshold.atLeast ?? threshold.atMost ?? 0;
  const speaks = value >= atLeast && value <= atMost ? "for" : "against";
  const sentence = `${says(round(value))}; ${why}`;
  return [{ threshold, reason: { measure, value: round(value), threshold: limit, speaks, sentence } }];
}

function reasonOf({ reason }: Held): Reason {
  return reason;
}

/** The first halves of their sentences: what is the case, without why it matters. */
function listed(reasons: readonly Reason[]): string {
  return reasons.map(({ sentence }) => sentence.split("; ")[0]).join("; ");
}
