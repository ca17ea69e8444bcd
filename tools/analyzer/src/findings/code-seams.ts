import { SHARED, type Contexts } from "../contexts/contexts.ts";
import type { Facts, Link, LinkKind } from "../facts.ts";
import type { SeamKind, Tear } from "./seams.ts";

/** Code that uses code of another context: by import, by injection, or only its types. */
export function codeSeams(facts: Facts, contexts: Contexts): Tear[] {
  const called = new Set(facts.links.filter(isUsed).map(({ file, to }) => `${file}\0${to}`));
  const links = facts.links.flatMap((link): Tear[] => {
    const kind = KIND[link.kind];
    return kind ? [tear(contexts, link, kind, nameOf(link), Math.max(1, link.uses))] : [];
  });
  // What reaches the other file through a declared type alone shows only where it is called.
  const calls = facts.calls
    .filter(({ file, to }) => !called.has(`${file}\0${to}`))
    .map((call) => tear(contexts, call, "call", call.name, 1));
  return [...links, ...firstOfEach(calls)];
}

// --- internal ---

const KIND: Record<LinkKind, SeamKind | null> = {
  value: "call",
  dynamic: "call",
  effect: "call",
  injection: "injection",
  type: "type",
  reexport: null, // a barrel passes names on; whoever takes them has the seam
};

function isUsed({ kind }: Link): boolean {
  return kind !== "type" && kind !== "reexport";
}

function tear(
  contexts: Contexts,
  { file, line, to }: { file: string; line: number; to: string },
  kind: SeamKind,
  what: string,
  weight: number,
): Tear {
  const [from, target] = [contexts.files[file] ?? SHARED, contexts.files[to] ?? SHARED];
  return { file, line, kind, from, to: target, what, target: to, weight };
}

function nameOf({ name }: Link): string {
  return name === "" || name === "*" ? "the module" : name;
}

/** One seam for each name that a file calls, at its first place, weighing as much as there are places. */
function firstOfEach(calls: readonly Tear[]): Tear[] {
  const first = new Map<string, Tear>();
  for (const call of calls) {
    const key = [call.file, call.target, call.what].join("\0");
    const known = first.get(key);
    if (!known) first.set(key, call);
    else first.set(key, { ...known, line: Math.min(known.line, call.line), weight: known.weight + 1 });
  }
  return [...first.values()];
}
