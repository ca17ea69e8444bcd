import type { Facts, FileFact, FileRole, Problem } from "../facts.ts";
import { byPlace, sortedBy } from "../order.ts";
import type { ReadSql } from "../read/sql/read-sql.ts";
import type { Layout } from "../resolve/layout.ts";
import { createResolver } from "../resolve/resolver.ts";
import type { SourceFacts } from "../source-facts.ts";
import { linkAccesses } from "./accesses.ts";
import { findBuilders } from "./builders.ts";
import { linkCalls } from "./calls.ts";
import { linkEvents } from "./events.ts";
import { linkImports } from "./links.ts";
import { createModels } from "./models.ts";
import { linkRoutes } from "./routes/routes.ts";
import { linkSchema, withModelTables, withUsedTables } from "./schema.ts";
import { linkStatements, linkTriggers, doubtfulStatements } from "./statements.ts";
import { createSymbols } from "./symbols.ts";
import { linkTransactions } from "./transactions.ts";
import { linkWiring } from "./wiring.ts";

/** What the reading hands over: every file by itself, and the configuration that says how they find each other. */
export type Sources = {
  layout: Layout;
  files: { facts: SourceFacts; role: FileRole }[];
  problems: Problem[];
};

/** From single files to one linked whole. Pure; the order of the files does not matter. */
export function link(sources: Sources, readSql: ReadSql): Facts {
  const files = sortedBy(sources.files, (file) => file.facts.path);
  const symbols = createSymbols(
    files.map((file) => file.facts),
    createResolver(sources.layout),
  );
  const imports = linkImports(symbols);
  const queries = linkStatements(
    symbols,
    readSql,
    findBuilders(sources.layout, imports.externals, symbols.files.values()),
  );
  const migrated = linkSchema(symbols, queries);
  const models = createModels(symbols, new Set(migrated.tables.map((table) => table.name)));
  const modelled = withModelTables(migrated.tables, symbols, models);
  const linked = [...queries, ...linkAccesses(symbols, models)].sort((a, b) => byPlace(a.statement, b.statement));
  // Migrations and seeds touch every table once; only the running program says who owns one.
  const running = new Set(files.filter((file) => file.role === "source").map((file) => file.facts.path));
  const statements = linked
    .map(({ statement }) => statement)
    .filter(({ file, tables }) => running.has(file) && tables.length > 0);
  const used = statements.flatMap(({ tables }) => tables.flatMap(({ table }) => table ?? []));
  const routing = linkRoutes(symbols, sources.layout);
  return {
    name: sources.layout.folder,
    files: files.map(describeFile),
    ...imports,
    links: sortedBy(
      [...imports.links, ...linkWiring(symbols)],
      (x) => x.file,
      (x) => x.line,
      (x) => x.to,
      (x) => x.name,
      (x) => x.kind,
    ),
    tables: withUsedTables(modelled.tables, used),
    statements,
    triggers: linkTriggers(linked),
    routes: routing.routes,
    transactions: linkTransactions(symbols, linked).filter(({ file }) => running.has(file)),
    calls: linkCalls(symbols).filter(({ file }) => running.has(file)),
    events: linkEvents(symbols).filter(({ file, mechanism }) => running.has(file) || mechanism === "postgres"),
    history: [],
    changes: { commits: 0, files: {}, missing: "it was not asked for" },
    problems: sortedBy(
      [
        ...sources.problems,
        ...files.flatMap(({ facts }) => facts.problems.map((problem) => ({ file: facts.path, ...problem }))),
        ...migrated.problems,
        ...modelled.problems,
        ...routing.problems,
        ...doubtfulStatements(statements),
      ],
      (x) => x.file,
      (x) => x.line ?? 0,
      (x) => x.reason,
    ),
  };
}

// --- internal ---

function describeFile({ facts, role }: Sources["files"][number]): FileFact {
  return { path: facts.path, role, lines: facts.lines, words: facts.words };
}
