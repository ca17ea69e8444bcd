// What is noise and what is real, judged from counts alone.
//
// A field differs for two reasons: the candidate is wrong, or the field differs every time anyone asks (ids, times, shuffled
// lists). To tell them apart the control is asked a second time for a sample of requests. The public rule of Diffy (see its
// README, "How does Diffy work?") then reports a field when control and candidate differ in more requests than control and
// control do, by more than 20 % relatively and 0.03 % of all requests absolutely.
//
// That rule has no notion of chance: a field that flickers once in a hundred requests passes it as soon as the candidate
// happens to flicker once more than the control. So a field is only `real` when chance is ruled out too, in one of two ways:
//
//   repeated   Both sides were asked the same request again, up to REPEATS times, at once. What stays as it was is a property
//              of the sides; two flickering values survive one such round with a probability of at most 1/4, four with 1/256.
//   paired     Of the requests asked twice, those in which only the candidate was different and those in which only the second
//              control was: for noise they are equally many (McNemar 1947, the exact binomial form).
//
// All counts are additive, so the reports of several workers are judged after summing.

/** What has been counted for one field and one kind of difference. */
export type FieldEvidence = {
  /** Compared requests in which control and candidate differed. */
  raw: number;
  /** Requests asked twice in which the control differed from itself. */
  noise: number;
  /** Of the requests asked twice: those in which control and candidate differed. */
  rawWhereTwice: number;
  /** Of these, those in which the control differed from itself too. */
  bothWhereTwice: number;
  /** Repeated questions in which the difference stayed as it was. */
  stayed: number;
  /** Repeated questions in which one of the sides changed what it said. */
  changed: number;
};

/** What a route's evidence is measured against. */
export type RouteTotals = {
  compared: number;
  /** Compared requests for which the control was asked twice. */
  askedTwice: number;
};

/**
 * `real`: the candidate differs. `noise`: so does the control from itself. `undecided`: it differs, and could not yet be told
 * from noise.
 */
export type Verdict = "real" | "noise" | "undecided";

export type Judgement = {
  verdict: Verdict;
  /** Percent: |raw - noise| / (raw + noise), both as shares of their requests. */
  relative: number;
  /** Percent of the requests: |raw - noise|. */
  absolute: number;
};

/** Rounds of asking both sides again before a difference counts as one that stays. */
export const REPEATS = 4;

export const THRESHOLDS = { relative: 20, absolute: 0.03, chance: 0.001 } as const;

/** Judges one field. Pure. */
export function judgeField(evidence: FieldEvidence, totals: RouteTotals): Judgement {
  const { relative, absolute, exceeds } = diffyRule(evidence, totals);
  const verdict = exceeds ? ruleOutChance(evidence) : "noise";
  return { verdict, relative, absolute };
}

/** Whether the plain rule would report this field, chance or not. */
export function exceedsNoise(evidence: FieldEvidence, totals: RouteTotals): boolean {
  return diffyRule(evidence, totals).exceeds;
}

/** Whether another repeated question would still tell something about this field. */
export function isSettled({ stayed, changed }: FieldEvidence): boolean {
  return stayed + changed >= ENOUGH_REPEATED || stayed - changed >= CLEARLY_AHEAD;
}

// --- internal ---

const ENOUGH_REPEATED = 10;
const CLEARLY_AHEAD = 3;

function diffyRule({ raw, noise }: FieldEvidence, { compared, askedTwice }: RouteTotals) {
  const rawShare = compared === 0 ? 0 : raw / compared;
  const noiseShare = askedTwice === 0 ? 0 : noise / askedTwice;
  const distance = Math.abs(rawShare - noiseShare) * 100;
  const relative = rawShare + noiseShare === 0 ? 0 : distance / (rawShare + noiseShare);
  const exceeds = rawShare > noiseShare && relative > THRESHOLDS.relative && distance > THRESHOLDS.absolute;
  return { relative, absolute: distance, exceeds };
}

function ruleOutChance({ noise, rawWhereTwice, bothWhereTwice, stayed, changed }: FieldEvidence): Verdict {
  const onlyCandidate = rawWhereTwice - bothWhereTwice;
  const onlyControl = noise - bothWhereTwice;
  if (stayed > changed) return "real";
  if (upperTail(onlyCandidate, onlyCandidate + onlyControl) < THRESHOLDS.chance) return "real";
  return changed > 0 ? "noise" : "undecided";
}

/** The probability of at least `heads` in `tosses` of a fair coin. */
function upperTail(heads: number, tosses: number): number {
  if (tosses > 1_000) return normalTail((heads - 0.5 - tosses / 2) / Math.sqrt(tosses / 4));
  // In logarithms: 2 ** -1000 is still a double, but the coefficients are not.
  let logTerm = -tosses * Math.LN2;
  let below = 0;
  for (let count = 0; count < heads; count += 1) {
    below += Math.exp(logTerm);
    logTerm += Math.log((tosses - count) / (count + 1));
  }
  return Math.max(0, 1 - below);
}

// Mills' ratio bound: an upper bound of the tail for positive z, and close enough for a decision at 0.001.
function normalTail(z: number): number {
  return z <= 0 ? 1 : Math.exp((-z * z) / 2) / (z * Math.sqrt(2 * Math.PI));
}
