import { linkTexts } from "./link-texts.ts";

/** Every table use of a tree that exists only as texts, file by file: `mode table@line`, sorted by line. */
export async function modelUses(texts: Record<string, string>): Promise<Record<string, string[]>> {
  const { statements } = await linkTexts(texts, []);
  const uses: Record<string, string[]> = {};
  for (const { file, tables } of statements) {
    const found = tables.map(({ table, mode, line }) => `${mode} ${table ?? "?"}@${line}`);
    uses[file] = [...(uses[file] ?? []), ...found];
  }
  return uses;
}
