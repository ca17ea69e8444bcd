import type { Analysis } from "../analysis.ts";
import type { Context } from "../contexts/contexts.ts";
import type { TableOwnership } from "../findings/ownership.ts";

/** Something of the code that a person can name. */
export type Part =
  | { kind: "file"; name: string }
  | { kind: "table"; table: TableOwnership }
  | { kind: "route"; route: Analysis["routes"][number] }
  | { kind: "context"; context: Context };

/**
 * What a name stands for, by exact name first and then by the end of a path. `table:notes` and the like choose where a
 * table and a context have one name; without a prefix all of them are meant.
 */
export function findParts(analysis: Analysis, wanted: string): Part[] {
  const [, kind, name] = /^(?:(file|table|route|context):)?(.*)$/s.exec(wanted) ?? [];
  const matches = FINDERS.filter((finder) => kind === undefined || finder.kind === kind).map(({ find }) => find);
  const exact = matches.flatMap((find) => find(analysis, name ?? "", false));
  return exact.length > 0 ? exact : matches.flatMap((find) => find(analysis, name ?? "", true));
}

// --- internal ---

type Finder = { kind: Part["kind"]; find: (analysis: Analysis, name: string, byEnd: boolean) => Part[] };

const FINDERS: readonly Finder[] = [
  {
    kind: "file",
    find: ({ files }, name, byEnd) =>
      Object.keys(files)
        .filter((path) => (byEnd ? path.endsWith(`/${name}`) || name.endsWith(`/${path}`) : path === name))
        .map((path) => ({ kind: "file", name: path })),
  },
  {
    kind: "table",
    find: ({ tables }, name) =>
      tables.filter((table) => table.name === name).map((table) => ({ kind: "table", table })),
  },
  {
    kind: "route",
    find: ({ routes }, name, byEnd) =>
      routes
        .filter(({ method, path }) => `${method} ${path}` === name || (byEnd && path === name))
        .map((route) => ({ kind: "route", route })),
  },
  {
    kind: "context",
    find: ({ contexts }, name) =>
      contexts.filter((context) => context.name === name).map((context) => ({ kind: "context", context })),
  },
];
