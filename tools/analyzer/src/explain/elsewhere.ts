import { SHARED, type Contexts } from "../contexts/contexts.ts";
import type { Facts } from "../facts.ts";
import { costOf } from "../findings/seam-costs.ts";
import { seamsOf } from "../findings/seams-of.ts";
import type { Seam } from "../findings/seams.ts";
import { sortedBy } from "../order.ts";
import { round } from "../round.ts";
import { moveParts } from "../whatif/move-parts.ts";
import { namesTable } from "./names-table.ts";

/** What all seams of the system together would cost more (or less) with one part in another context. */
export type Elsewhere = { context: string; extraCost: number };

const MOST_CONTEXTS = 3;

/**
 * What a file or table would cost in the contexts it is tied to most by seams. `part` is a path or the name of a table.
 */
export function costElsewhere(facts: Facts, contexts: Contexts, part: string, seams: readonly Seam[]): Elsewhere[] {
  const home = contexts.files[part] ?? contexts.tables[part] ?? SHARED;
  const settled = { ...contexts, settled: true };
  const here = costOf(seamsOf(facts, settled));
  const others = nearestContexts(contexts, part, home, seams);
  return sortedBy(
    others.map((context) => {
      const moved = moveParts(settled, [{ what: part, to: context }]);
      return { context, extraCost: round(costOf(seamsOf(facts, moved)) - here) };
    }),
    (x) => x.extraCost,
    (x) => x.context,
  );
}

// --- internal ---

function nearestContexts(contexts: Contexts, part: string, home: string, seams: readonly Seam[]): string[] {
  const counts = new Map<string, number>();
  for (const seam of seams) {
    const { from, to, file, target } = seam;
    if (file !== part && target !== part && !namesTable(seam, part)) continue;
    const other = from === home ? to : from;
    counts.set(other, (counts.get(other) ?? 0) + 1);
  }
  const known = contexts.contexts.map(({ name }) => name).filter((name) => name !== home && name !== SHARED);
  return sortedBy(
    known.filter((name) => counts.has(name)),
    (name) => -(counts.get(name) ?? 0),
    (name) => name,
  ).slice(0, MOST_CONTEXTS);
}
