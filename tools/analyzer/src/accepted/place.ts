import { SHARED, type Context, type Contexts } from "../contexts/contexts.ts";
import type { Facts } from "../facts.ts";
import { globPattern } from "../glob.ts";
import { byText, sortedBy } from "../order.ts";
import type { AcceptedContexts } from "./accepted-contexts.ts";

/** Accepted contexts on today's code. */
export type Placement = {
  contexts: Contexts;
  /** Files and tables that the code has and no context names; they count as shared. */
  unplaced: { files: string[]; tables: string[] };
  /** Patterns and tables of contexts that nothing in the code answers to any more. */
  unused: { context: string; what: string }[];
};

/** Puts every file and table of the code where the accepted contexts say. Pure. */
export function place(facts: Facts, accepted: AcceptedContexts): Placement {
  const patterns = patternsOf(accepted);
  const tableOwner = tableOwners(accepted);
  const paths = facts.files.map(({ path }) => path).filter((path) => !path.startsWith("../"));
  const winners = new Map(paths.map((path) => [path, winner(patterns, path)]));
  const tables = facts.tables.map(({ name }) => name);
  const files = Object.fromEntries(paths.map((path) => [path, winners.get(path)?.context ?? SHARED]));
  const owners = Object.fromEntries(tables.map((name) => [name, tableOwner.get(name) ?? SHARED]));
  return {
    contexts: { contexts: describe(accepted, files, owners), files, tables: owners, confidence: {}, settled: true },
    unplaced: {
      files: paths.filter((path) => !winners.get(path)),
      tables: tables.filter((name) => !tableOwner.has(name)),
    },
    unused: unusedOf(accepted, patterns, new Set(winners.values()), new Set(tables)),
  };
}

// --- internal ---

type Pattern = { context: string; text: string };

/** Paths by themselves, and what has a wildcard with the longest first: it outweighs the shorter ones. */
type Patterns = { exact: Map<string, Pattern>; wild: (Pattern & { regExp: RegExp })[] };

function patternsOf({ contexts }: AcceptedContexts): Patterns {
  const all = sortedBy(
    Object.entries(contexts).flatMap(([context, { files }]) => files.map((text): Pattern => ({ context, text }))),
    ({ text }) => -text.length,
    ({ text }) => text,
    ({ context }) => context,
  );
  const wild = all.filter(({ text }) => text.includes("*"));
  const exact = all.filter(({ text }) => !text.includes("*")).reverse();
  return {
    exact: new Map(exact.map((pattern) => [pattern.text, pattern])),
    wild: wild.map((pattern) => ({ ...pattern, regExp: globPattern(pattern.text) })),
  };
}

function winner({ exact, wild }: Patterns, path: string): Pattern | undefined {
  return exact.get(path) ?? wild.find(({ regExp }) => regExp.test(path));
}

function tableOwners({ contexts }: AcceptedContexts): Map<string, string> {
  return new Map(
    Object.entries(contexts).flatMap(([name, { tables }]) => tables.map((table) => [table, name] as const)),
  );
}

function describe(
  accepted: AcceptedContexts,
  files: Record<string, string>,
  tables: Record<string, string>,
): Context[] {
  const keysOf = (map: Record<string, string>, name: string): string[] =>
    Object.keys(map).filter((key) => map[key] === name);
  return [...new Set([...Object.keys(accepted.contexts), SHARED])]
    .map((name): Context => ({
      name,
      files: keysOf(files, name),
      tables: keysOf(tables, name),
      words: [],
      confidence: 1,
    }))
    .filter((context) => context.files.length + context.tables.length > 0)
    .sort((a, b) => Number(a.name === SHARED) - Number(b.name === SHARED) || byText(a.name, b.name));
}

function unusedOf(
  accepted: AcceptedContexts,
  { exact, wild }: Patterns,
  used: ReadonlySet<Pattern | undefined>,
  tables: ReadonlySet<string>,
): Placement["unused"] {
  const files = [...exact.values(), ...wild]
    .filter((pattern) => !used.has(pattern))
    .map(({ context, text }) => ({ context, what: text }));
  const gone = Object.entries(accepted.contexts).flatMap(([context, { tables: named }]) =>
    named.filter((table) => !tables.has(table)).map((table) => ({ context, what: `table ${table}` })),
  );
  return [...files, ...gone].sort((a, b) => byText(a.context, b.context) || byText(a.what, b.what));
}
