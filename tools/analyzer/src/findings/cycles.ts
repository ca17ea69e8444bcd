import type { Contexts } from "../contexts/contexts.ts";
import type { Facts, LinkKind } from "../facts.ts";
import { byText } from "../order.ts";
import { stronglyConnected } from "./components.ts";

/** Files that import each other in a circle when the program runs; imports of types alone do not count. */
export type Cycle = {
  files: string[];
  /** The contexts the circle runs through; two or more have to be cut before either can leave. */
  contexts: string[];
  /** One way round, as an example. */
  example: string[];
};

/**
 * Cycles and orphans of the import graph. madge answers both from a tree of our own making: its own file walker loses
 * imports through path aliases, and its list of cycles depends on where it starts, so the cycles proper are the
 * strongly connected components and madge shows one way round each.
 */
export async function findCycles(facts: Facts, contexts: Contexts): Promise<{ cycles: Cycle[]; orphans: string[] }> {
  const tree = importTree(facts);
  const { default: madge } = await import("madge"); // takes longer to load than to answer, and a check needs none of it
  const graph = await madge(Object.fromEntries(tree));
  const circles = graph.circular();
  const cycles = stronglyConnected(tree).map((files): Cycle => {
    const members = new Set(files);
    const example = circles.find((circle) => circle.every((file) => members.has(file))) ?? [];
    const crossed = new Set(files.map((file) => contexts.files[file] ?? ""));
    return { files, contexts: [...crossed].filter(Boolean).sort(byText), example: startAtFirst(example) };
  });
  return { cycles, orphans: orphansOf(facts, graph.orphans()) };
}

// --- internal ---

/** A type is gone and a dynamic import comes later when modules are loaded; what a container injects is no import. */
const IMPORTED: ReadonlySet<LinkKind> = new Set(["value", "reexport", "effect"]);

// As written, barrels included: a cycle through a barrel is one.
function importTree(facts: Facts): Map<string, string[]> {
  const tree = new Map(facts.files.map((file) => [file.path, new Set<string>()]));
  for (const { file, to, via, kind } of facts.links) {
    const target = via ?? to;
    if (IMPORTED.has(kind) && target !== file) tree.get(file)?.add(target);
  }
  return new Map([...tree].map(([file, targets]) => [file, [...targets].sort(byText)]));
}

function startAtFirst(circle: readonly string[]): string[] {
  const [first] = [...circle].sort(byText);
  const start = first === undefined ? 0 : circle.indexOf(first);
  return [...circle.slice(start), ...circle.slice(0, start)];
}

// madge calls a file that nobody imports an orphan; an entry point is one of those and yet no loose end.
function orphansOf(facts: Facts, unimported: readonly string[]): string[] {
  const importing = new Set(facts.links.map((link) => link.file));
  const imported = new Set(facts.links.map((link) => link.to));
  const sources = new Set(facts.files.filter(({ role }) => role === "source").map(({ path }) => path));
  return unimported.filter((file) => sources.has(file) && !importing.has(file) && !imported.has(file)).sort(byText);
}
