import type { Knot } from "./knots.ts";

/** What it costs to take out a context when those for which `isGone` is true have left already. Numbers, not names. */
export type StepCost = (context: number, isGone: (context: number) => boolean) => number;

/**
 * Prepares the cost of every step. When the owner of a knot leaves, everybody who still depends on it is led over; when
 * somebody who depends on it leaves first, the monolith must offer it meanwhile, and part of that is done again later.
 */
export function createStepCost(names: readonly string[], knots: readonly Knot[]): StepCost {
  const bundles = bundle(new Map(names.map((name, index) => [name, index])), knots);
  const byContext = names.map((_, index) =>
    bundles.filter(({ owner, callers }) => owner === index || callers.has(index)),
  );
  return (context, isGone) => {
    let sum = 0;
    for (const knot of byContext[context] ?? []) sum += costOfBundle(knot, context, isGone);
    return sum;
  };
}

// --- internal ---

/** Knots with the same owner and the same callers cost together what they cost one by one. */
type Bundle = {
  owner: number;
  callers: Map<number, number>;
  /** Leading over what never leaves. */
  staying: number;
  base: number;
  rework: number;
};

function costOfBundle(bundle: Bundle, context: number, isGone: (context: number) => boolean): number {
  const { owner, callers, staying, base, rework } = bundle;
  if (owner !== context) {
    if (isGone(owner)) return 0; // led over when the owner left
    return (someGone(callers, isGone) ? 0 : base) + (callers.get(context) ?? 0);
  }
  let open = staying;
  for (const [caller, further] of callers) if (!isGone(caller)) open += further;
  const offered = someGone(callers, isGone);
  return (offered ? rework : base) + open;
}

function someGone(callers: ReadonlyMap<number, number>, isGone: (context: number) => boolean): boolean {
  for (const caller of callers.keys()) if (isGone(caller)) return true;
  return false;
}

/** Number of a context that never leaves. */
const STAYS = -1;

function bundle(numbers: ReadonlyMap<string, number>, knots: readonly Knot[]): Bundle[] {
  const bundles = new Map<string, Bundle>();
  for (const knot of knots) {
    const owner = numbers.get(knot.owner) ?? STAYS;
    const key = [owner, ...[...knot.callers.keys()].sort()].join("\0");
    const known = bundles.get(key) ?? { owner, callers: new Map<number, number>(), staying: 0, base: 0, rework: 0 };
    known.base += knot.base;
    known.rework += knot.rework;
    for (const [caller, seams] of knot.callers) {
      const [number, further] = [numbers.get(caller), knot.further * seams.length];
      if (number === undefined) known.staying += further;
      else known.callers.set(number, (known.callers.get(number) ?? 0) + further);
    }
    bundles.set(key, known);
  }
  return [...bundles.values()];
}
