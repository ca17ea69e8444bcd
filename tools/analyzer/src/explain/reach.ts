import type { Call, Facts, Place, Route, Statement } from "../facts.ts";
import type { AccessMode } from "../source-facts.ts";
import { byText, sortedBy } from "../order.ts";

/** A table that a function touches, itself or through the functions it calls (`through`, outermost first). */
export type Reached = Place & { table: string; mode: AccessMode; through: string[] };

/** How many calls deep a route is followed: controller, service, model, helper, and as much again. */
const MOST_CALLS = 8;

/** The tables that the function behind a route reaches, each with the shortest way there. Pure. */
export function tablesReached(facts: Facts, handler: Route["handler"]): Reached[] {
  const statements = Map.groupBy(facts.statements, ({ file, function: name }) => keyOf(file, name));
  const calls = Map.groupBy(facts.calls, ({ file, function: name }) => keyOf(file, name));
  const found = new Map<string, Reached>();
  const seen = new Set([keyOf(handler.file, handler.name)]);
  const isOwn = belongsTo(handler);
  note(found, facts.statements.filter(isOwn), []);
  let level = nextCalls(facts.calls.filter(isOwn), seen).map(follow([]));
  for (let depth = 1; depth <= MOST_CALLS && level.length > 0; depth++) {
    for (const { file, name, through } of level) note(found, statements.get(keyOf(file, name)) ?? [], through);
    level = level.flatMap(({ file, name, through }) =>
      nextCalls(calls.get(keyOf(file, name)) ?? [], seen).map(follow(through)),
    );
  }
  return sortedBy(
    [...found.values()],
    (x) => (x.mode === "write" ? 0 : 1),
    (x) => x.table,
  );
}

// --- internal ---

/** By its name, or by the lines it stands on where it has none. */
function belongsTo({ file, line, name, endLine }: Route["handler"]): (part: Statement | Call) => boolean {
  return name === null
    ? (part) => part.file === file && part.line >= line && part.line <= (endLine ?? line)
    : (part) => part.file === file && part.function === name;
}

function follow(through: readonly string[]): (call: Call) => { file: string; name: string; through: string[] } {
  return ({ to, name }) => ({ file: to, name, through: [...through, name] });
}

function keyOf(file: string, name: string | null): string {
  return `${file}\0${name ?? ""}`;
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
