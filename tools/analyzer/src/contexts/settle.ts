import type { Contexts } from "./contexts.ts";

/**
 * The division with every table where the ownership finding puts it, as if people had said so: the starting point of
 * every move, and what is written down when it is accepted.
 */
export function settle(contexts: Contexts, tables: readonly { name: string; context: string }[]): Contexts {
  return { ...contexts, tables: Object.fromEntries(tables.map(({ name, context }) => [name, context])), settled: true };
}
