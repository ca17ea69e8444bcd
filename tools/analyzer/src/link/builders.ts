import type { External } from "../facts.ts";
import type { Layout } from "../resolve/layout.ts";
import type { SourceFacts, StatementFact } from "../source-facts.ts";

/** Which query builders a project uses, as far as that decides what a chain of calls means. */
export type Builders = {
  used: ReadonlySet<StatementFact["source"]>;
  /** Kysely's CamelCasePlugin: `userTokens` in code is `user_tokens` in the database. */
  camelCase: boolean;
};

/** By packages that some file imports or some manifest asks for; objection and bookshelf build on knex. */
export function findBuilders(layout: Layout, externals: readonly External[], files: Iterable<SourceFacts>): Builders {
  const packages = new Set([
    ...externals.map((external) => external.package),
    ...layout.packages.flatMap(({ dependencies }) => dependencies),
  ]);
  const used = new Set<StatementFact["source"]>(["sql"]);
  for (const name of packages) {
    if (KNEX_PACKAGES.has(name)) used.add("knex");
    if (KYSELY_PACKAGE.test(name)) used.add("kysely");
  }
  return { used, camelCase: used.has("kysely") && importsPlugin(files) };
}

// --- internal ---

const KNEX_PACKAGES = new Set(["knex", "objection", "bookshelf"]);
// Also what wraps it: `nestjs-kysely`, `prisma-extension-kysely`.
const KYSELY_PACKAGE = /kysely/;

function importsPlugin(files: Iterable<SourceFacts>): boolean {
  for (const { imports } of files) {
    for (const { names } of imports) if (names.some(({ imported }) => imported === "CamelCasePlugin")) return true;
  }
  return false;
}
