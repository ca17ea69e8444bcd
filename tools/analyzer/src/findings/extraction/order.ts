import type { StepCost } from "./step-cost.ts";

/** An order of contexts, by number, and what it makes small. */
export type Order = { order: number[]; burden: number; search: "exact" | "improved" };

/** Up to here every order is looked at: 2^12 sets of contexts that may have left. */
export const MOST_EXACT = 12;

/** What waits costs: a unit of work while everything still waits weighs four times one at the very end. */
const IMPATIENCE = 3;

/**
 * The order with the least burden: every unit of cost counts once, and three times more for the share of the benefit
 * that is still waiting while it is paid, so what gives much for little comes first. `benefits` are shares that sum to 1.
 */
export function findOrder(stepCost: StepCost, benefits: readonly number[]): Order {
  return benefits.length <= MOST_EXACT ? searchExactly(stepCost, benefits) : improve(stepCost, benefits);
}

/** The burden of an order. */
export function burdenOf(order: readonly number[], stepCost: StepCost, benefits: readonly number[]): number {
  const gone = new Set<number>();
  let waiting = sum(benefits);
  let burden = 0;
  for (const context of order) {
    burden += stepCost(context, (other) => gone.has(other)) * (1 + IMPATIENCE * waiting);
    waiting -= benefits[context] ?? 0;
    gone.add(context);
  }
  return burden;
}

/** Held and Karp's dynamic programme: the best way to any set of contexts goes through the best way to a smaller one. */
export function searchExactly(stepCost: StepCost, benefits: readonly number[]): Order {
  const count = benefits.length;
  const best = new Float64Array(2 ** count).fill(Infinity);
  const last = new Int8Array(2 ** count).fill(-1);
  best[0] = 0;
  for (let gone = 0; gone < best.length; gone++) {
    const isGone = (context: number): boolean => context >= 0 && ((gone >> context) & 1) === 1;
    const waiting = sum(benefits.filter((_, context) => !isGone(context)));
    for (let context = 0; context < count; context++) {
      if (isGone(context)) continue;
      const burden = (best[gone] ?? 0) + stepCost(context, isGone) * (1 + IMPATIENCE * waiting);
      const after = gone | (1 << context);
      if (burden >= (best[after] ?? 0) - EPSILON) continue;
      best[after] = burden;
      last[after] = context;
    }
  }
  return { order: traceBack(last), burden: best.at(-1) ?? 0, search: "exact" };
}

/**
 * For many contexts: from several first guesses, single contexts are moved as long as that helps, and the best result
 * counts. One guess alone ends now and then where only two moves at once would help.
 */
export function improve(stepCost: StepCost, benefits: readonly number[]): Order {
  const guesses = benefits.length > MOST_GUESSED ? GUESSES.slice(0, 1) : GUESSES;
  const found = guesses.map((rate) => {
    const order = moveUntilBest(greedy(stepCost, benefits, rate), stepCost, benefits);
    return { order: [...order], burden: burdenOf(order, stepCost, benefits) };
  });
  const least = Math.min(...found.map(({ burden }) => burden));
  const best = found.find(({ burden }) => burden <= least + EPSILON);
  return { order: best?.order ?? [], burden: best?.burden ?? 0, search: "improved" };
}

// --- internal ---

// Burdens that differ by less are the same: rounding must not decide, the first in the alphabet does.
const EPSILON = 1e-9;
const MOST_ROUNDS = 20;
/** With more contexts than this one guess has to do. */
const MOST_GUESSED = 60;
/** How far a context is moved at most. */
const REACH = 12;

function traceBack(last: Int8Array): number[] {
  const order: number[] = [];
  for (let gone = last.length - 1; gone > 0;) {
    const context = last[gone] ?? 0;
    order.unshift(context);
    gone &= ~(1 << context);
  }
  return order;
}

/** What should come next: what gives most for its cost, what costs least, what gives most. */
type Rate = (benefit: number, cost: number) => number;
const GUESSES: readonly Rate[] = [
  (benefit, cost) => benefit / Math.max(cost, EPSILON),
  (_, cost) => 1 / Math.max(cost, EPSILON),
  (benefit) => benefit,
];

function greedy(stepCost: StepCost, benefits: readonly number[], rate: Rate): number[] {
  const gone = new Set<number>();
  const isGone = (context: number): boolean => gone.has(context);
  for (let step = 0; step < benefits.length; step++) {
    let best = -1;
    let most = -Infinity;
    benefits.forEach((benefit, context) => {
      if (gone.has(context)) return;
      const value = rate(benefit, stepCost(context, isGone));
      if (value > most * (1 + EPSILON)) [best, most] = [context, value];
    });
    gone.add(best);
  }
  return [...gone];
}

function moveUntilBest(start: readonly number[], stepCost: StepCost, benefits: readonly number[]): readonly number[] {
  let order = start;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const better = [...order].reduce((current, context) => moveBest(current, context, stepCost, benefits), order);
    if (better.every((context, place) => context === order[place])) break;
    order = better;
  }
  return order;
}

/** The order with one context at its best place within reach. */
function moveBest(
  order: readonly number[],
  context: number,
  stepCost: StepCost,
  benefits: readonly number[],
): readonly number[] {
  let best = order;
  let least = -EPSILON;
  for (const direction of [-1, 1]) {
    const line = [...order];
    let change = 0;
    for (let step = 0, place = order.indexOf(context); step < REACH; step++, place += direction) {
      const left = direction < 0 ? place - 1 : place;
      if (left < 0 || left + 1 >= line.length) break;
      change += swap(line, left, stepCost, benefits);
      if (change < least - EPSILON) [best, least] = [[...line], change];
    }
  }
  return best;
}

/** Swaps two neighbours, which changes the cost of no other step, and returns by how much the burden changes. */
function swap(line: number[], left: number, stepCost: StepCost, benefits: readonly number[]): number {
  const [a = 0, b = 0] = [line[left], line[left + 1]];
  const gone = new Uint8Array(line.length);
  for (const context of line.slice(0, left)) gone[context] = 1;
  const waiting = sum(line.slice(left).map((context) => benefits[context] ?? 0));
  const burden = (first: number, second: number): number =>
    stepCost(first, (other) => gone[other] === 1) * (1 + IMPATIENCE * waiting) +
    stepCost(second, (other) => other === first || gone[other] === 1) *
      (1 + IMPATIENCE * (waiting - (benefits[first] ?? 0)));
  line.splice(left, 2, b, a);
  return burden(b, a) - burden(a, b);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
