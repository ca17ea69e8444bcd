import type { Call, Facts, Place, Statement } from "../facts.ts";
import type { AccessMode } from "../source-facts.ts";
import { byText, sortedBy } from "../order.ts";

/** A table that a function touches, itself or through the functions it calls (`through`, outermost first). */
export type Reached = Place & { table: string; mode: AccessMode; through: string[] };

/** How many calls deep a route is followed: controller, service, model, helper, and as much again. */
const MOST_CALLS = 8;

/** The tables that one function reaches, each with the shortest way there. Pure. */
export function tablesReached(facts: Facts, start: { file: string; name: string }): Reached[] {
  const statements = groupBy(facts.statements, ({ file, function: name }) => keyOf(file, name));
  const calls = groupBy(facts.calls, ({ file, function: name }) => keyOf(file, name));
  const found = new Map<string, Reached>();
  const seen = new Set([keyOf(start.file, start.name)]);
  let level = [{ ...start, through: [] as string[] }];
  for (let depth = 0; depth <= MOST_CALLS && level.length > 0; depth++) {
    for (const { file, name, through } of level) note(found, statements.get(keyOf(file, name)) ?? [], through);
    level = level.flatMap(({ file, name, through }) =>
      nextCalls(calls.get(keyOf(file, name)) ?? [], seen).map((call) => ({
        file: call.to,
        name: call.name,
        through: [...through, call.name],
      })),
    );
  }
  return sortedBy(
    [...found.values()],
    (x) => (x.mode === "write" ? 0 : 1),
    (x) => x.table,
  );
}

// --- internal ---

function keyOf(file: string, name: string | null): string {
  return `${file}\0${name ?? ""}`;
}

function groupBy<Item>(items: readonly Item[], key: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

function nextCalls(calls: readonly Call[], seen: Set<string>): Call[] {
  return [...calls]
    .sort((a, b) => byText(a.to, b.to) || byText(a.name, b.name))
    .filter(({ to, name }) => {
      const key = keyOf(to, name);
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}

function note(found: Map<string, Reached>, statements: readonly Statement[], through: readonly string[]): void {
  for (const { file, tables } of statements) {
    for (const { table, mode, line } of tables) {
      const key = `${table ?? ""}\0${mode}`;
      if (table !== null && !found.has(key)) found.set(key, { file, line, table, mode, through: [...through] });
    }
  }
}
