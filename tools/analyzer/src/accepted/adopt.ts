import { SHARED, type Contexts } from "../contexts/contexts.ts";
import { sortedBy } from "../order.ts";
import type { Move } from "../whatif/move-parts.ts";
import type { Placement } from "./place.ts";

/**
 * Where the files and tables go that no accepted context names. The proposal says with which others each belongs; the
 * accepted context that most of those are in takes it. Company that is new as a whole becomes a context of its own.
 */
export function adopt({ contexts, unplaced }: Placement, proposal: Contexts): Move[] {
  const free = new Set([...unplaced.files, ...unplaced.tables]);
  const homes = new Map(
    proposal.contexts.map(({ name, files, tables }) => {
      const settled = [...files, ...tables].filter((part) => !free.has(part));
      return [name, name === SHARED ? SHARED : (mostFrequent(settled.map((part) => placeOf(contexts, part))) ?? name)];
    }),
  );
  const move = (what: string, company: string | undefined): Move => ({ what, to: homes.get(company ?? "") ?? SHARED });
  return [
    ...unplaced.files.map((file) => move(file, proposal.files[file])),
    ...unplaced.tables.map((table) => move(table, proposal.tables[table])),
  ];
}

// --- internal ---

function placeOf({ files, tables }: Contexts, part: string): string {
  return files[part] ?? tables[part] ?? SHARED;
}

/** Shared parts have no say: a context is more than the helpers it uses. */
function mostFrequent(names: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  for (const name of names) if (name !== SHARED) counts.set(name, (counts.get(name) ?? 0) + 1);
  const [first] = sortedBy(
    [...counts],
    ([, count]) => -count,
    ([name]) => name,
  );
  return first?.[0];
}
