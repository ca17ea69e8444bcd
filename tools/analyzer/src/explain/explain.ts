import type { Analysis } from "../analysis.ts";
import { SHARED, type Context, type Contexts } from "../contexts/contexts.ts";
import { settle } from "../contexts/settle.ts";
import { PartUnknownError } from "../errors.ts";
import type { Facts } from "../facts.ts";
import type { ExtractionStep } from "../findings/extraction/extraction.ts";
import type { TableOwnership } from "../findings/ownership.ts";
import type { Seam } from "../findings/seams.ts";
import { hardestFirst, type Tie } from "../findings/ties.ts";
import type { TransactionFinding } from "../findings/transactions.ts";
import type { Graph } from "../graph/graph.ts";
import { costElsewhere, type Elsewhere } from "./elsewhere.ts";
import { findParts, type Part } from "./find-part.ts";
import { namesTable } from "./names-table.ts";
import { tablesReached, type Reached } from "./reach.ts";
import { tiesOf, type ContextTie } from "./ties-of.ts";

export type Explanation = FileExplanation | TableExplanation | RouteExplanation | ContextExplanation;

export type FileExplanation = {
  kind: "file";
  name: string;
  context: string;
  /** 0..1, null where people placed it. */
  confidence: number | null;
  /** What ties it to contexts in the graph, strongest context first; the evidence of the proposal. */
  ties: ContextTie[];
  tables: { table: string; mode: "read" | "write"; context: string; line: number }[];
  routes: string[];
  seams: Seam[];
  elsewhere: Elsewhere[];
};

export type TableExplanation = {
  kind: "table";
  name: string;
  context: string;
  ownership: TableOwnership;
  transactions: TransactionFinding[];
  seams: Seam[];
  elsewhere: Elsewhere[];
};

export type RouteExplanation = {
  kind: "route";
  name: string;
  context: string;
  route: Analysis["routes"][number];
  /** With the context that owns each table. */
  reaches: (Reached & { context: string })[];
};

export type ContextExplanation = {
  kind: "context";
  name: string;
  context: Context;
  routes: string[];
  outward: Tie[];
  inward: Tie[];
  /** Null where it is not worth a step of the extraction. */
  step: ExtractionStep | null;
  position: number | null;
};

/** What an explanation is drawn from. */
export type Evidence = { facts: Facts; graph: Graph; contexts: Contexts; analysis: Analysis };

/**
 * Why something is where it is and what it would cost elsewhere. `wanted` is a path (or its end), a table, a route
 * (`GET /notes/:id` or only the path) or a context; several answers where it names several. Throws PartUnknownError.
 */
export function explain(evidence: Evidence, wanted: string): Explanation[] {
  const parts = findParts(evidence.analysis, wanted);
  if (parts.length === 0) throw new PartUnknownError(wanted, knownNames(evidence.analysis));
  return parts.map((part) => explainPart(evidence, part));
}

// --- internal ---

function knownNames({ files, tables, routes, contexts }: Analysis): string[] {
  return [
    ...Object.keys(files),
    ...tables.map(({ name }) => name),
    ...routes.map(({ path }) => path),
    ...contexts.map(({ name }) => name),
  ];
}

function explainPart(evidence: Evidence, part: Part): Explanation {
  switch (part.kind) {
    case "file":
      return explainFile(evidence, part.name);
    case "table":
      return explainTable(evidence, part.table);
    case "route":
      return explainRoute(evidence, part.route);
    case "context":
      return explainContext(evidence, part.context);
  }
}

function explainFile({ facts, graph, contexts, analysis }: Evidence, name: string): FileExplanation {
  const owner = new Map(analysis.tables.map((table) => [table.name, table.context]));
  const used = facts.statements
    .filter(({ file }) => file === name)
    .flatMap(({ tables }) => tables)
    .flatMap(({ table, mode, line }) =>
      table === null ? [] : [{ table, mode, line, context: owner.get(table) ?? SHARED }],
    );
  return {
    kind: "file",
    name,
    context: contexts.files[name] ?? SHARED,
    confidence: contexts.confidence[name] ?? null,
    ties: tiesOf(graph, contexts, name),
    tables: used,
    routes: analysis.routes
      .filter(({ handler }) => handler.file === name)
      .map(({ method, path }) => `${method} ${path}`),
    seams: hardestFirst(analysis.seams.filter(({ file, target }) => file === name || target === name)),
    elsewhere: costElsewhere(facts, settle(contexts, analysis.tables), name, analysis.seams),
  };
}

function explainTable({ facts, contexts, analysis }: Evidence, table: TableOwnership): TableExplanation {
  const { name } = table;
  const named = (seam: Seam): boolean => seam.kind !== "call" && namesTable(seam, name);
  return {
    kind: "table",
    name,
    context: table.context,
    ownership: table,
    transactions: analysis.transactions.filter(({ tables }) => tables.some((touched) => touched.table === name)),
    seams: hardestFirst(analysis.seams.filter(named)),
    elsewhere: costElsewhere(facts, settle(contexts, analysis.tables), name, analysis.seams),
  };
}

function explainRoute({ facts, analysis }: Evidence, route: Analysis["routes"][number]): RouteExplanation {
  const owner = new Map(analysis.tables.map((table) => [table.name, table.context]));
  const reaches = tablesReached(facts, route.handler);
  return {
    kind: "route",
    name: `${route.method} ${route.path}`,
    context: route.context,
    route,
    reaches: reaches.map((reached) => ({ ...reached, context: owner.get(reached.table) ?? SHARED })),
  };
}

function explainContext({ analysis }: Evidence, context: Context): ContextExplanation {
  const { name } = context;
  const position = analysis.extraction.steps.findIndex((step) => step.context === name);
  return {
    kind: "context",
    name,
    context,
    routes: analysis.routes.filter((route) => route.context === name).map(({ method, path }) => `${method} ${path}`),
    outward: analysis.ties.filter(({ from }) => from === name),
    inward: analysis.ties.filter(({ to }) => to === name),
    step: analysis.extraction.steps[position] ?? null,
    position: position < 0 ? null : position + 1,
  };
}
