import { SHARED, type Contexts } from "../contexts/contexts.ts";
import type { Facts } from "../facts.ts";
import type { TableOwnership } from "./ownership.ts";

/**
 * Contexts that are no services: they keep no table, and either answer no route or are what the others stand on (error
 * pages, health checks), asked by most of them and hardly asking. None where that would be all of them: then it says
 * nothing.
 */
export function innerContexts(
  facts: Facts,
  contexts: Contexts,
  tables: readonly Pick<TableOwnership, "context">[],
): string[] {
  const owners = new Set(tables.map(({ context }) => context));
  const answering = new Set(facts.routes.map(({ handler }) => contexts.files[handler.file] ?? SHARED));
  const uses = countUses(facts, contexts);
  const names = contexts.contexts.map(({ name }) => name).filter((name) => name !== SHARED);
  const isFoundation = (name: string): boolean =>
    (uses.get(name)?.askers.size ?? 0) >= MOST_OTHERS * (names.length - 1) && isMostlyAsked(uses.get(name));
  const inner = names.filter((name) => !owners.has(name) && (!answering.has(name) || isFoundation(name)));
  return inner.length === names.length ? [] : inner;
}

/** Inner contexts that others use and that hardly use others: they can be published as packages. */
export function librariesOf(facts: Facts, contexts: Contexts, inner: readonly string[]): string[] {
  const uses = countUses(facts, contexts);
  return inner.filter((name) => isMostlyAsked(uses.get(name)));
}

// --- internal ---

/** A library is asked more than so many times for each time that it asks. */
const MOSTLY_ASKED = 4;
/** What this share of the other contexts uses is what they stand on. */
const MOST_OTHERS = 0.6;

type Uses = { asked: number; asking: number; askers: Set<string> };

function isMostlyAsked(uses: Uses | undefined): boolean {
  return uses !== undefined && uses.asked > MOSTLY_ASKED * uses.asking;
}

function countUses(facts: Facts, contexts: Contexts): Map<string, Uses> {
  const uses = new Map<string, Uses>();
  const usesOf = (name: string): Uses => {
    const known = uses.get(name) ?? { asked: 0, asking: 0, askers: new Set() };
    uses.set(name, known);
    return known;
  };
  for (const { file, to, kind } of facts.links) {
    const [from, target] = [contexts.files[file] ?? SHARED, contexts.files[to] ?? SHARED];
    if (kind === "type" || from === target || from === SHARED || target === SHARED) continue;
    usesOf(from).asking += 1;
    usesOf(target).asked += 1;
    usesOf(target).askers.add(from);
  }
  return uses;
}
