import { SHARED, type Contexts } from "../contexts/contexts.ts";
import { PartUnknownError } from "../errors.ts";
import { globPattern } from "../glob.ts";
import { byText } from "../order.ts";

/** `what` is a path, a pattern of paths or a table; `to` a context, which may be a new one. */
export type Move = { what: string; to: string };

/**
 * The division with some parts elsewhere. A moved file takes no table along, nor a table its files. Throws
 * PartUnknownError where a move matches neither a file nor a table.
 */
export function moveParts(contexts: Contexts, moves: readonly Move[]): Contexts {
  const files = { ...contexts.files };
  const tables = { ...contexts.tables };
  for (const { what, to } of moves) {
    const paths = Object.keys(files).filter((path) => path === what || globPattern(what).test(path));
    const named = paths.length > 0 || !(what in tables) ? [] : [what];
    if (paths.length + named.length === 0) {
      throw new PartUnknownError(what, [...Object.keys(files), ...Object.keys(tables)]);
    }
    for (const path of paths) files[path] = to;
    for (const table of named) tables[table] = to;
  }
  const known = new Map(contexts.contexts.map((context) => [context.name, context]));
  const names = new Set([...Object.values(files), ...Object.values(tables)]);
  return {
    ...contexts,
    contexts: [...names]
      .map((name) => ({
        ...(known.get(name) ?? { name, words: [], confidence: 1 }),
        files: keysOf(files, name),
        tables: keysOf(tables, name),
      }))
      .sort((a, b) => Number(a.name === SHARED) - Number(b.name === SHARED) || byText(a.name, b.name)),
    files,
    tables,
    settled: true,
  };
}

// --- internal ---

function keysOf(map: Record<string, string>, value: string): string[] {
  return Object.keys(map)
    .filter((key) => map[key] === value)
    .sort(byText);
}
