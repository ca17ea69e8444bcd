import type { Facts } from "../src/facts.ts";
import { link } from "../src/link/link.ts";
import { roleOf } from "../src/read/discover.ts";
import { extractPrisma } from "../src/read/prisma/extract-prisma.ts";
import { createSqlReader } from "../src/read/sql/read-sql.ts";
import { extract } from "../src/read/syntax/extract.ts";

/** Facts of a tree that exists only as texts: path -> code. Its package.json declares `dependencies`. */
export async function linkTexts(
  texts: Record<string, string>,
  dependencies = ["knex", "express", "pg", "axios"],
): Promise<Facts> {
  const code = Object.keys(texts).filter((path) => !path.endsWith(".prisma"));
  const schemas = Object.entries(texts).flatMap(([path, text]) => (code.includes(path) ? [] : [{ path, text }]));
  const files = [
    ...code.map((path) => ({ facts: extract(path, texts[path] ?? ""), role: roleOf(path) ?? ("source" as const) })),
    ...extractPrisma(schemas).map((facts) => ({ facts, role: "migration" as const })),
  ];
  const manifest = {
    folder: ".",
    name: "shop",
    exports: null,
    imports: {},
    entries: [],
    dependencies,
    workspaces: [],
  };
  const layout = { folder: "shop", code, assets: [], aliases: [], packages: [manifest], workspaces: [] };
  return link({ layout, files, problems: [] }, await createSqlReader());
}

/** Every table use as `mode table@line`, sorted by line; unknown tables as `?`. */
export async function tableUses(code: string): Promise<string[]> {
  const { statements } = await linkTexts({ "orders.ts": code });
  return statements.flatMap(({ tables }) => tables.map(({ table, mode, line }) => `${mode} ${table ?? "?"}@${line}`));
}
