import { expect, test } from "@jest/globals";
import { logGrowth, type Bet } from "../../src/watch/growth.ts";

// Exact, not simulated: every outcome of a small block with its probability. What the proof in growth.ts promises must hold for any
// true rates on the near side of the line, for any bet beyond it, and whatever the sizes of the two sides are.
test.each([
  [1, 1, 0.001],
  [19, 1, 0.001],
  [8, 5, 0.05],
  [2, 9, 0.2],
])(
  "betting on trouble gains nothing on average: %i requests of the control, %i of the candidate, margin %f",
  (a, b, margin) => {
    for (const bet of betsBeyond(margin)) {
      for (const control of RATES) {
        for (const candidate of RATES.filter((rate) => rate <= control + margin)) {
          expect(meanGrowth(a, b, { control, candidate }, bet, margin)).toBeLessThanOrEqual(1 + 1e-9);
        }
      }
    }
  },
);

test("betting on no trouble gains nothing on average where there is some", () => {
  const alike = { control: 0.02, candidate: 0.02 };
  for (const control of RATES) {
    for (const candidate of RATES.filter((rate) => rate >= control + 0.1)) {
      expect(meanGrowth(6, 6, { control, candidate }, alike, 0.1)).toBeLessThanOrEqual(1 + 1e-9);
    }
  }
});

test("a block without one of the two sides says nothing", () => {
  const bet = { control: 0.01, candidate: 0.5 };
  const some = { count: 5, of: 5 };
  const none = { count: 0, of: 0 };

  expect(logGrowth({ control: none, candidate: some }, bet, 0.001)).toBe(0);
  expect(logGrowth({ control: some, candidate: none }, bet, 0.001)).toBe(0);
});

// --- internal ---

const RATES = [0, 0.001, 0.02, 0.1, 0.3, 0.5, 0.8, 0.95, 1];

function betsBeyond(margin: number): Bet[] {
  return [0.001, 0.05, 0.4].flatMap((control) =>
    [0.02, 0.3, 0.9].map((above) => ({ control, candidate: control + margin + above * (1 - control - margin) })),
  );
}

function meanGrowth(a: number, b: number, truth: Bet, bet: Bet, margin: number): number {
  let mean = 0;
  for (let inControl = 0; inControl <= a; inControl += 1) {
    for (let inCandidate = 0; inCandidate <= b; inCandidate += 1) {
      const block = { control: { count: inControl, of: a }, candidate: { count: inCandidate, of: b } };
      const probability = binomial(a, inControl, truth.control) * binomial(b, inCandidate, truth.candidate);
      if (probability > 0) mean += probability * Math.exp(logGrowth(block, bet, margin));
    }
  }
  return mean;
}

function binomial(of: number, count: number, rate: number): number {
  let ways = 1;
  for (let each = 0; each < count; each += 1) ways *= (of - each) / (each + 1);
  return ways * rate ** count * (1 - rate) ** (of - count);
}
