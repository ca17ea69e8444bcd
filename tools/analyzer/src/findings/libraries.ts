import { SHARED, type Contexts } from "../contexts/contexts.ts";
import type { Facts } from "../facts.ts";
import type { TableOwnership } from "./ownership.ts";

/**
 * Contexts without a table and without a route: nobody can reach them from outside, and they keep nothing, so they are
 * no services. None where the whole code base has neither tables nor routes: then that says nothing.
 */
export function innerContexts(
  facts: Facts,
  contexts: Contexts,
  tables: readonly Pick<TableOwnership, "context">[],
): string[] {
  const reachable = new Set([
    ...tables.map(({ context }) => context),
    ...facts.routes.map(({ handler }) => contexts.files[handler.file] ?? SHARED),
  ]);
  const names = contexts.contexts.map(({ name }) => name).filter((name) => name !== SHARED);
  const inner = names.filter((name) => !reachable.has(name));
  return inner.length === names.length ? [] : inner;
}

/** Inner contexts that others use and that hardly use others: they can be published as packages. */
export function librariesOf(facts: Facts, contexts: Contexts, inner: readonly string[]): string[] {
  const uses = new Map<string, { asked: number; asking: number }>();
  const countOf = (name: string): { asked: number; asking: number } => {
    const count = uses.get(name) ?? { asked: 0, asking: 0 };
    uses.set(name, count);
    return count;
  };
  for (const { file, to, kind } of facts.links) {
    const [from, target] = [contexts.files[file] ?? SHARED, contexts.files[to] ?? SHARED];
    if (kind === "type" || from === target || from === SHARED || target === SHARED) continue;
    countOf(from).asking += 1;
    countOf(target).asked += 1;
  }
  return inner.filter((name) => countOf(name).asked > MOSTLY_ASKED * countOf(name).asking);
}

// --- internal ---

/** A library is asked at least so many times for each time that it asks. */
const MOSTLY_ASKED = 4;
