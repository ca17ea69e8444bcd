import { SHARED, type Context, type Contexts } from "../contexts/contexts.ts";
import type { Facts } from "../facts.ts";
import { globPattern } from "../glob.ts";
import { byText } from "../order.ts";
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

type Pattern = { context: string; text: string; regExp: RegExp; weight: number };

/** What outweighs every pattern: a path without a wildcard. */
const EXACT = 1_000_000;

function patternsOf({ contexts }: AcceptedContexts): Pattern[] {
  return Object.entries(contexts)
    .flatMap(([context, { files }]) =>
      files.map((text) => ({
        context,
        text,
        regExp: globPattern(text),
        weight: text.includes("*") ? text.length : EXACT,
      })),
    )
    .sort((a, b) => b.weight - a.weight || byText(a.text, b.text) || byText(a.context, b.context));
}

function winner(patterns: readonly Pattern[], path: string): Pattern | undefined {
  return patterns.find(({ regExp }) => regExp.test(path));
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
  patterns: readonly Pattern[],
  used: ReadonlySet<Pattern | undefined>,
  tables: ReadonlySet<string>,
): Placement["unused"] {
  const files = patterns.filter((pattern) => !used.has(pattern)).map(({ context, text }) => ({ context, what: text }));
  const gone = Object.entries(accepted.contexts).flatMap(([context, { tables: named }]) =>
    named.filter((table) => !tables.has(table)).map((table) => ({ context, what: `table ${table}` })),
  );
  return [...files, ...gone].sort((a, b) => byText(a.context, b.context) || byText(a.what, b.what));
}
