import { countBy } from "../../count.ts";

/**
 * `entropy`: 1 less the entropy (natural logarithm) of who accesses a table, as CARGO's program computes it (ASE 2022,
 * 4.3.1); with three or more parts it can fall below 0. `normalised`: the entropy first divided by its largest possible
 * value, ln(min(K, accesses)): 0 where everybody shares evenly, 1 where a table has one user. Means over tables.
 */
export type Purity = { entropy: number; normalised: number };

/**
 * How much each table is one part's own. `accesses` holds for every table the part of each access, once for each access;
 * `parts` is K. Without any access there is nothing impure: 1.
 */
export function purityOf(accesses: ReadonlyMap<string, readonly string[]>, parts: number): Purity {
  const used = [...accesses.values()].filter((list) => list.length > 0);
  if (used.length === 0) return { entropy: 1, normalised: 1 };
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    entropy: mean(used.map((list) => 1 - entropyOf(list))),
    normalised: mean(used.map((list) => 1 - relative(entropyOf(list), Math.min(parts, list.length)))),
  };
}

// --- internal ---

function entropyOf(list: readonly string[]): number {
  return [...countBy(list).values()].reduce((sum, count) => {
    const share = count / list.length;
    return sum - share * Math.log(share);
  }, 0);
}

function relative(entropy: number, outcomes: number): number {
  return outcomes < 2 ? 0 : entropy / Math.log(outcomes);
}
