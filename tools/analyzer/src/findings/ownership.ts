import { SHARED, type Contexts } from "../contexts/contexts.ts";
import type { Facts, ForeignKey, Place } from "../facts.ts";
import { byPlace, sortedBy } from "../order.ts";
import { adviseTables, type TableAdvice } from "./table-advice.ts";

export type TableOwnership = {
  name: string;
  /**
   * The context the table belongs to: where people put it; in a proposal the one it was placed in if that uses it at
   * all, or else the one that writes it most.
   */
  context: string;
  /** True where another context writes it: the hard case of a split. */
  contested: boolean;
  declaredAt: Place | null;
  foreignKeys: ForeignKey[];
  writers: TableUser[];
  readers: TableUser[];
  /** Triggers that write the table when another one is written. */
  triggers: (Place & { name: string; on: string })[];
  /** What to do with it. */
  advice: TableAdvice;
};

export type TableUser = { context: string; places: Place[] };

/** Who owns each table: who writes it, who reads it, from where, and what to do where that is more than one. */
export function findOwnership(facts: Facts, contexts: Contexts): TableOwnership[] {
  const owned = facts.tables.map(({ name, declaredAt, foreignKeys }) => {
    const writers = usersOf(facts, contexts, name, "write");
    const readers = usersOf(facts, contexts, name, "read");
    const placed = contexts.tables[name] ?? SHARED;
    const context = contexts.settled ? placed : ownerOf(placed, writers, readers);
    return {
      name,
      context,
      contested: writers.some((writer) => writer.context !== context && writer.context !== SHARED),
      declaredAt,
      foreignKeys,
      writers,
      readers,
      triggers: facts.triggers
        .filter(({ tables, on }) => on !== name && tables.some(({ table, mode }) => table === name && mode === "write"))
        .map(({ file, line, name: trigger, on }) => ({ file, line, name: trigger, on })),
    };
  });
  return adviseTables(owned, facts);
}

// --- internal ---

function usersOf(facts: Facts, contexts: Contexts, table: string, wanted: "read" | "write"): TableUser[] {
  const places = new Map<string, Place[]>();
  for (const { file, tables } of facts.statements) {
    for (const { table: used, mode, line } of tables) {
      if (used !== table || mode !== wanted) continue;
      const context = contexts.files[file] ?? SHARED;
      places.set(context, [...(places.get(context) ?? []), { file, line }]);
    }
  }
  return sortedBy(
    [...places].map(([context, list]) => ({ context, places: uniquePlaces(list) })),
    (user) => -user.places.length,
    (user) => user.context,
  );
}

function uniquePlaces(places: readonly Place[]): Place[] {
  const byKey = new Map(places.map((place) => [`${place.file}\0${place.line}`, place]));
  return [...byKey.values()].sort(byPlace);
}

function ownerOf(proposed: string, writers: readonly TableUser[], readers: readonly TableUser[]): string {
  const users = [...writers, ...readers].filter(({ context }) => context !== SHARED);
  if (users.some(({ context }) => context === proposed)) return proposed;
  const candidates = users.some((user) => writers.includes(user))
    ? users.filter((user) => writers.includes(user))
    : users;
  const [most] = sortedBy(
    candidates,
    (user) => -user.places.length,
    (user) => user.context,
  );
  return most?.context ?? proposed;
}
