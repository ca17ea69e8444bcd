/** Of `of` requests, so many had the fault. */
export type Share = { readonly count: number; readonly of: number };

/** What was seen on both sides in the same stretch of time. */
export type Block = { readonly control: Share; readonly candidate: Share };

/** Rates that somebody bets on, chosen before the block is seen. Strictly between 0 and 1. */
export type Bet = { readonly control: number; readonly candidate: number };

// An e-value for two Bernoulli streams: Turner, Ly, Gruenwald, "Generic E-variables for exact sequential k-sample tests that allow
// for optional stopping" (JSPI 230, 2024), with convex nulls as in Turner and Gruenwald, "Exact anytime-valid confidence intervals
// for contingency tables and beyond" (Statistics and Probability Letters 198, 2023).
//
// The null is one side of the line candidate = control + margin in the square of both true rates; either side is convex. The factor
// is the likelihood of the block under the bet, divided by that under the rates of the null which are nearest to the bet (by
// Kullback-Leibler divergence, weighted by the numbers of requests). Why its expectation under the null is at most 1: of one request
// with the true rate t it is f(t) = 1 + (t - near) (bet - near) / (near (1 - near)); the requests are independent, so the
// expectation is the product of those, and log f <= f - 1 makes its logarithm at most the sum of (t - near) (bet - near) /
// (near (1 - near)) over all requests, which is minus the slope of the divergence at its minimum, in the direction of the truth. At a
// minimum over a convex set that slope is not negative. Nothing asks the rates to stay what they are from block to block: trouble
// that both sides share is no evidence against either.

/**
 * By how much the capital of somebody who bets against the null grows in this block, as a logarithm. The bet lies on the far side of
 * the line; then the expected factor is at most 1 under the null, whatever the rates are. `margin` is a difference of rates.
 */
export function logGrowth({ control, candidate }: Block, bet: Bet, margin: number): number {
  if (control.of === 0 || candidate.of === 0) return 0;
  const near = nearestOnLine(control.of, candidate.of, bet, margin);
  return logRatio(control, bet.control, near) + logRatio(candidate, bet.candidate, near + margin);
}

/** The same where nobody is left to compare with: the null is that the candidate's rate is at most (or at least) `limit`. */
export function logGrowthAlone({ candidate }: Block, bet: Bet, limit: number): number {
  return logRatio(candidate, bet.candidate, limit);
}

/** The control's rate at the point of the line that is nearest to the bet. */
export function nearestOnLine(ofControl: number, ofCandidate: number, bet: Bet, margin: number): number {
  let low = 0;
  let high = 1 - margin;
  // The divergence is convex along the line, so its slope rises, and its zero is found by halving.
  for (let step = 0; step < HALVINGS; step += 1) {
    const rate = (low + high) / 2;
    const slope = ofControl * slopeAt(rate, bet.control) + ofCandidate * slopeAt(rate + margin, bet.candidate);
    if (slope < 0) low = rate;
    else high = rate;
  }
  return (low + high) / 2;
}

// --- internal ---

// The interval is then shorter than 1e-12.
const HALVINGS = 40;

function slopeAt(rate: number, bet: number): number {
  return (rate - bet) / (rate * (1 - rate));
}

function logRatio({ count, of }: Share, bet: number, near: number): number {
  return count * Math.log(bet / near) + (of - count) * Math.log((1 - bet) / (1 - near));
}
