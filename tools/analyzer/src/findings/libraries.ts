import { SHARED, type Contexts } from "../contexts/contexts.ts";
import type { Facts } from "../facts.ts";
import type { TableOwnership } from "./ownership.ts";

/**
 * Contexts without a table and without a route: others call them, nobody can reach them from outside, and they keep
 * nothing. They are libraries, not services, unless the whole code base has neither tables nor routes.
 */
export function librariesOf(
  facts: Facts,
  contexts: Contexts,
  tables: readonly Pick<TableOwnership, "context">[],
): string[] {
  const reachable = new Set([
    ...tables.map(({ context }) => context),
    ...facts.routes.map(({ handler }) => contexts.files[handler.file] ?? SHARED),
  ]);
  const names = contexts.contexts.map(({ name }) => name).filter((name) => name !== SHARED);
  const libraries = names.filter((name) => !reachable.has(name));
  return libraries.length === names.length ? [] : libraries;
}
