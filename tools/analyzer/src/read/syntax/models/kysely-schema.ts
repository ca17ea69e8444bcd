import type { ColumnFact, SchemaFact, Text } from "../../../source-facts.ts";
import { readChain, type Chain, type Step } from "../chain.ts";
import { ts } from "../compiler.ts";
import { isFunctionNode, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { readTextOrHole } from "../text.ts";

/**
 * `db.schema.createTable('posts').addColumn('author_id', 'uuid', (column) => column.references('authors.id'))`: where
 * knex asks for a callback, Kysely goes on with steps. True where the chain is one of Kysely's.
 */
export function recordKyselySchema(recorder: Recorder, chain: Chain, scope: Scope): boolean {
  const first = chain.steps.find(({ name }) => CHANGES.has(name));
  const table = first?.args[0];
  if (!first || !table || !chain.steps.some(({ name }) => PARTS.has(name))) return false;
  if (scope.functionName === "down") return true;

  const renamed = chain.steps.find(({ name }) => name === "renameTo")?.args[0];
  recorder.facts.schema.push({
    table: readTextOrHole(recorder.source, table, scope),
    line: recorder.lineOf(table),
    change: renamed ? "rename" : (CHANGES.get(first.name) ?? "alter"),
    renamedTo: renamed ? readTextOrHole(recorder.source, renamed, scope) : null,
    foreignKeys: chain.steps.flatMap((step) => foreignKeyOf(recorder, step, scope) ?? []),
    columns: columnsOf(chain),
  });
  return true;
}

// --- internal ---

const CHANGES: ReadonlyMap<string, "create" | "alter"> = new Map([
  ["createTable", "create"],
  ["alterTable", "alter"],
]);

const PARTS = new Set([
  "addColumn",
  "addForeignKeyConstraint",
  "addPrimaryKeyConstraint",
  "addUniqueConstraint",
  "renameTo",
]);

type ForeignKey = SchemaFact["foreignKeys"][number];

function foreignKeyOf(recorder: Recorder, step: Step, scope: Scope): ForeignKey | null {
  if (step.name === "addColumn") return referenceOfColumn(recorder, step);
  const [, columns, table] = step.args;
  if (step.name !== "addForeignKeyConstraint" || !columns || !table) return null;
  const to = readTextOrHole(recorder.source, table, scope);
  return { columns: textsIn(columns), to, line: recorder.lineOf(table) };
}

// `(column) => column.references('authors.id').onDelete('cascade')`
function referenceOfColumn(recorder: Recorder, step: Step): ForeignKey | null {
  const reference = chainOfColumn(step)?.steps.find(({ name }) => name === "references");
  const target = reference?.args[0] && unwrap(reference.args[0]);
  if (!target || !ts.isStringLiteralLike(target)) return null;
  const to: Text = [target.text.slice(0, target.text.lastIndexOf("."))];
  return { columns: textsIn(step.args[0]), to, line: recorder.lineOf(target) };
}

function chainOfColumn(step: Step): Chain | null {
  const callback = step.args[2] && unwrap(step.args[2]);
  if (!callback || !isFunctionNode(callback) || ts.isBlock(callback.body)) return null;
  const body = unwrap(callback.body);
  return ts.isCallExpression(body) ? readChain(body) : null;
}

function columnsOf(chain: Chain): ColumnFact[] {
  const keys = chain.steps.flatMap((step) => (step.name === "addPrimaryKeyConstraint" ? textsIn(step.args[1]) : []));
  return chain.steps.flatMap((step) => {
    const primary = chainOfColumn(step)?.steps.some(({ name }) => name === "primaryKey") ?? false;
    if (step.name !== "addColumn") return [];
    return textsIn(step.args[0]).map((name) => ({ name, primary: primary || keys.includes(name) }));
  });
}

function textsIn(node: ts.Expression | undefined): string[] {
  const inner = node && unwrap(node);
  if (!inner) return [];
  const listed = ts.isArrayLiteralExpression(inner) ? inner.elements : [inner];
  return listed.flatMap((element) => (ts.isStringLiteralLike(element) ? [element.text] : []));
}
