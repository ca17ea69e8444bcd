import { SCHEMA_VERSION, type Analysis, type Totals } from "./analysis.ts";
import { SHARED, type Contexts } from "./contexts/contexts.ts";
import { proposeContexts, type ProposeOptions } from "./contexts/propose-contexts.ts";
import type { Facts } from "./facts.ts";
import { findCycles } from "./findings/cycles.ts";
import { planExtraction } from "./findings/extraction/plan-extraction.ts";
import { measure } from "./findings/metrics.ts";
import { findOwnership } from "./findings/ownership.ts";
import { findSeams } from "./findings/seams.ts";
import { findTies } from "./findings/ties.ts";
import { findTransactions } from "./findings/transactions.ts";
import { giveVerdict } from "./findings/verdict.ts";
import { buildGraph } from "./graph/build-graph.ts";
import { openTree } from "./read/open-tree.ts";
import { findPast, linkFacts } from "./read/read-facts.ts";
import type { Progress } from "./read/read-sources.ts";

export type AnalyzeOptions = ProposeOptions & {
  /** Called as files are read. */
  onProgress?: Progress;
  /** A folder outside with migrations or SQL files that declare the tables. */
  schema?: string | undefined;
  /** Folder for what is worth keeping until the next run; nothing is kept without it. */
  cache?: string | undefined;
  /** False: git is not asked which files change together. */
  history?: boolean | undefined;
};

/**
 * Reads a folder of TypeScript or JavaScript and proposes bounded contexts, with the evidence. Needs neither the
 * folder's dependencies nor any configuration. Throws PathMissingError, NoSourceFilesError, and as proposeContexts does.
 */
export async function analyze(path: string, options: AnalyzeOptions = {}): Promise<Analysis> {
  const tree = openTree(path, options);
  const past = await findPast(path, options);
  const { contexts, granularity, pins } = options;
  const wishes: ProposeOptions = { contexts, granularity, pins };
  const make = async (): Promise<Analysis> => {
    const facts = await linkFacts(tree, past);
    return judge(facts, propose(facts, wishes));
  };
  const besides = JSON.stringify([past?.commit ?? "", wishes]);
  return tree.remember(past === null ? "analysis without history" : "analysis", make, besides);
}

/** From facts to contexts. Pure. Throws as proposeContexts does. */
export function propose(facts: Facts, options: ProposeOptions = {}): Contexts {
  return proposeContexts(facts, buildGraph(facts), options);
}

/** Every finding for one division into contexts, proposed or accepted. Pure. */
export async function judge(facts: Facts, contexts: Contexts): Promise<Analysis> {
  const tables = findOwnership(facts, contexts);
  const transactions = findTransactions(facts, contexts, tables);
  const seams = findSeams(facts, contexts, tables, transactions);
  const routes = facts.routes.map((route) => ({ ...route, context: contexts.files[route.handler.file] ?? SHARED }));
  const { cycles, orphans } = await findCycles(facts, contexts);
  const metrics = measure(facts, contexts, new Map(tables.map((table) => [table.name, table.context])));
  return {
    schemaVersion: SCHEMA_VERSION,
    name: facts.name,
    totals: totalsOf(facts, transactions.length),
    verdict: giveVerdict({ facts, contexts, tables, transactions, cycles, metrics }),
    files: contexts.files,
    contexts: contexts.contexts,
    tables,
    routes,
    transactions,
    seams,
    ties: findTies(seams),
    metrics,
    extraction: planExtraction({ facts, contexts, tables, routes, seams, metrics }),
    cycles,
    orphans,
    unresolved: facts.unresolved,
    problems: facts.problems,
  };
}

// --- internal ---

function totalsOf(facts: Facts, transactions: number): Totals {
  return {
    files: facts.files.length,
    lines: facts.files.reduce((sum, file) => sum + file.lines, 0),
    imports: facts.links.filter(({ kind }) => kind !== "injection").length,
    tables: facts.tables.length,
    routes: facts.routes.length,
    transactions,
    events: facts.events.length,
    history: { commits: facts.changes.commits, pairs: facts.history.length, missing: facts.changes.missing },
  };
}
