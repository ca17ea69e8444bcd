import type { AccessMode, ColumnFact, Mapper } from "./source-facts.ts";

/**
 * The value in the middle: everything that was read, linked across files, before any opinion. Serializable, sorted,
 * and the same for the same tree whatever the order of reading. Paths are relative to the analysed folder, with
 * forward slashes; lines count from 1.
 */
export type Facts = {
  /** Base name of the analysed folder. */
  name: string;
  files: FileFact[];
  links: Link[];
  /** Imports of packages and of Node itself. */
  externals: External[];
  unresolved: Unresolved[];
  tables: TableFact[];
  statements: Statement[];
  triggers: Trigger[];
  routes: Route[];
  transactions: TransactionScope[];
  calls: Call[];
  events: EventUse[];
  /** Files that tend to be changed together; empty without a history. */
  history: CoChange[];
  changes: Changes;
  /** Files or parts of files that could not be read, with the reason. */
  problems: Problem[];
};

export type Place = { file: string; line: number };

export type FileRole = "source" | "test" | "migration" | "declaration";

export type FileFact = {
  path: string;
  role: FileRole;
  lines: number;
  /** Domain words of its identifiers, with counts. */
  words: Record<string, number>;
};

/** `injection`: asked for by the name under which a container hands it out. */
export type LinkKind = "value" | "type" | "dynamic" | "reexport" | "effect" | "injection";

/** One name that one file takes from another; barrels in between are left out and kept in `via`. */
export type Link = Place & {
  to: string;
  name: string;
  kind: LinkKind;
  /** How often the importing file mentions the name. */
  uses: number;
  /** The file the import names, where that only passes the name on. */
  via: string | null;
};

export type External = Place & { package: string; kind: LinkKind };

export type Unresolved = Place & { specifier: string; reason: string };

export type ForeignKey = Place & { columns: string[]; to: string };

export type TableFact = {
  name: string;
  declaredAt: Place | null;
  /** In the order of their declaration; empty where only queries name the table. */
  columns: ColumnFact[];
  foreignKeys: ForeignKey[];
};

/** One query. `table` is null where the name is known only at run time; `code` shows the place. */
export type Statement = Place & {
  function: string | null;
  source: "knex" | "sql" | Mapper;
  tables: { table: string | null; mode: AccessMode; line: number }[];
  code: string;
  /** Parsed: read by PostgreSQL's own grammar, a query builder or a mapper's model. Guessed: names taken from text that it rejects. */
  confidence: "parsed" | "guessed";
};

/** A trigger or rule in the database: a write to `on` also touches `tables`. */
export type Trigger = Place & { name: string; on: string; tables: { table: string; mode: AccessMode }[] };

export type Route = Place & {
  method: string;
  /** Full path through all mounts; `?` stands for a piece known only at run time. */
  path: string;
  /** A function without a name is known by the lines it stands on. */
  handler: Place & { name: string | null; endLine?: number };
  /** False: no application mounts the router as far as the code shows. */
  mounted: boolean;
  framework: Framework;
};

export type Framework = "express" | "fastify" | "files" | "koa" | "nest";

/** One function calls another, of the same file or not; through instances and injected fields as far as types tell. */
export type Call = Place & { function: string | null; to: string; name: string };

/** Something is sent, or waited for, under a name. `name` is null where it is known only at run time. */
export type EventUse = Place & {
  role: "emit" | "listen";
  name: string | null;
  mechanism: string;
  function: string | null;
};

/** `together` commits changed both; `degree` is that number over the mean of both files' commits, 0..1. */
export type CoChange = { a: string; b: string; together: number; degree: number };

/** How often the version history changed each file; `missing` says why there is none. */
export type Changes = { commits: number; files: Record<string, number>; missing: string | null };

export type TransactionScope = Place & {
  function: string | null;
  /** The tables touched inside, with the place and the chain of calls that leads there. */
  tables: (Place & { table: string; mode: AccessMode; through: string[] })[];
};

export type Problem = { file: string; line: number | null; reason: string };
