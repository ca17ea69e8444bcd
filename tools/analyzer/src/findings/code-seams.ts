import { SHARED, type Contexts } from "../contexts/contexts.ts";
import type { Call, Facts, Link, LinkKind } from "../facts.ts";
import type { SeamKind, Tear } from "./seams.ts";

/** Code that uses code of another context: by call, by import, by injection, or only its types. */
export function codeSeams(facts: Facts, contexts: Contexts): Tear[] {
  const [links, calls] = [groupByEnds(facts.links, contexts), groupByEnds(facts.calls, contexts)];
  return [
    ...[...calls].flatMap(([ends, group]) => callSeams(group, links.get(ends) ?? [], contexts)),
    ...[...links].flatMap(([ends, group]) => linkSeams(group, calls.get(ends) ?? [], contexts)),
  ];
}

// --- internal ---

/** What an import of a name means where no call says more. */
const KIND: Record<LinkKind, SeamKind | null> = {
  value: "call",
  dynamic: "call",
  effect: "call",
  injection: "injection",
  type: "type",
  reexport: null, // a barrel passes names on; whoever takes them has the seam
};

type Ends = { file: string; to: string };

/** By the two files, for those of different contexts. */
function groupByEnds<Item extends Ends>(items: readonly Item[], contexts: Contexts): Map<string, Item[]> {
  const across = items.filter(({ file, to }) => contexts.files[file] !== contexts.files[to]);
  return Map.groupBy(across, ({ file, to }) => `${file}\0${to}`);
}

/** One seam for each function that a file calls, at the first place, weighing as much as there are places. */
function callSeams(calls: readonly Call[], links: readonly Link[], contexts: Contexts): Tear[] {
  const kind = links.some((link) => link.kind === "injection") ? "injection" : "call";
  const places = Map.groupBy(calls, ({ name }) => name);
  return [...places].flatMap(([name, list]): Tear[] => {
    const [first] = list.sort((a, b) => a.line - b.line);
    return first ? [tear(contexts, first, kind, name, list.length)] : [];
  });
}

/** The imports that no call explains: values that are read, classes that are extended, types. */
function linkSeams(links: readonly Link[], calls: readonly Call[], contexts: Contexts): Tear[] {
  const called = new Set(calls.map(({ name }) => ownerOf(name)));
  const names = new Set(links.map(({ name }) => name));
  // Methods of a class that is not imported by name are reached through an instance that is.
  const throughInstance = [...called].some((name) => !names.has(name));
  return links.flatMap((link): Tear[] => {
    const kind = KIND[link.kind];
    const explained = called.has(link.name) || (throughInstance && link.kind !== "type");
    return kind === null || explained ? [] : [tear(contexts, link, kind, nameOf(link), Math.max(1, link.uses))];
  });
}

/** `f` for `f`, `Class` for `Class#method`, `object` for `object.method`. */
function ownerOf(callee: string): string {
  return callee.split(/[#.]/)[0] ?? callee;
}

function tear(contexts: Contexts, at: Ends & { line: number }, kind: SeamKind, what: string, weight: number): Tear {
  const [from, to] = [contexts.files[at.file] ?? SHARED, contexts.files[at.to] ?? SHARED];
  return { file: at.file, line: at.line, kind, from, to, what, target: at.to, weight };
}

function nameOf({ name }: Link): string {
  return name === "" || name === "*" ? "the module" : name;
}
