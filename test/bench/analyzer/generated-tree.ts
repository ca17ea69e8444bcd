import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const FILES_IN_A_FOLDER = 25;

/** A code base of `files` files, the same every time: modules that import, query and answer as real ones do. */
export function generateTree(root: string, files: number): void {
  write(join(root, "package.json"), JSON.stringify({ name: "generated", dependencies: { express: "5", knex: "3" } }));
  for (let index = 0; index < files; index++) write(join(root, pathOf(index)), codeOf(index));
}

// --- internal ---

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function folderOf(index: number): number {
  return Math.floor(index / FILES_IN_A_FOLDER);
}

function pathOf(index: number): string {
  return `src/part-${folderOf(index)}/module-${index}.ts`;
}

// Neighbours, and now and then something from far away: only ever files that came before.
function importedBy(index: number): number[] {
  const near = [1, 2, 3, 5].map((step) => index - step).filter((other) => folderOf(other) === folderOf(index));
  const far = index % 4 === 0 ? [(index * 7) % Math.max(1, index - FILES_IN_A_FOLDER)] : [];
  return [...new Set([...near, ...far])].filter((other) => other >= 0 && other !== index);
}

function codeOf(index: number): string {
  const imports = importedBy(index);
  const from = (other: number): string => `../part-${folderOf(other)}/module-${other}.js`;
  return [
    `import { Router } from "express";`,
    `import type { Knex } from "knex";`,
    ...imports.map((other) => `import { Module${other}, total${other} } from "${from(other)}";`),
    "",
    `export type Item${index} = { id: number; price: number; note: string | null };`,
    "",
    `export function total${index}(items: readonly Item${index}[], rate = 1): number {`,
    `  return items.reduce((sum, item) => sum + item.price * rate, 0)${imports.map((other) => ` + total${other}([])`).join("")};`,
    `}`,
    "",
    `export class Module${index} {`,
    ...imports.map((other) => `  private readonly other${other} = new Module${other}(this.knex);`),
    `  constructor(private readonly knex: Knex) {}`,
    ...Array.from({ length: 6 }, (_, method) => methodOf(index, method, imports)),
    `}`,
    "",
    `export function routes${index}(knex: Knex): Router {`,
    `  const router = Router();`,
    `  const module = new Module${index}(knex);`,
    `  router.get("/part-${folderOf(index)}/items-${index}/:id", async (request, response) => {`,
    `    response.json(await module.step0(Number(request.params.id)));`,
    `  });`,
    `  return router;`,
    `}`,
    "",
  ].join("\n");
}

function methodOf(index: number, method: number, imports: readonly number[]): string {
  const other = imports[method % Math.max(1, imports.length)];
  const call = other === undefined ? "" : `    await this.other${other}.step${method}(id);\n`;
  return (
    `  async step${method}(id: number): Promise<Item${index}[]> {\n` +
    `    const rows = await this.knex("items_${folderOf(index)}").where({ id }).andWhere("price", ">", ${method});\n` +
    `    if (rows.length === 0) throw new Error(\`nothing under \${id} in step ${method}\`);\n${call}` +
    `    return rows.map((row: Item${index}) => ({ ...row, price: total${index}([row], ${method}), note: row.note ?? null }));\n` +
    `  }`
  );
}
