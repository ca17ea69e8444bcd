import type { SchemaFact, Text } from "../../source-facts.ts";
import { readChain, type Chain, type Step } from "./chain.ts";
import { ts } from "./compiler.ts";
import { SCHEMA_STEPS } from "./knex-words.ts";
import { columnsInCallback } from "./knex-columns.ts";
import { isFunctionNode, unwrap } from "./nodes.ts";
import type { Recorder } from "./recorder.ts";
import type { Scope } from "./scope.ts";
import { readText, readTextOrHole } from "./text.ts";
import { isWayBack } from "./way-back.ts";
import { own } from "../../own.ts";

/** `knex.schema.createTable('posts', (table) => ...)`, also several in one chain. Way-back code is left out. */
export function recordSchemaChange(recorder: Recorder, chain: Chain, scope: Scope): boolean {
  if (!isSchemaBuilder(chain)) return false;
  if (isWayBack(scope)) return true;

  for (const step of chain.steps) {
    const change = own(SCHEMA_STEPS, step.name);
    const table = step.args[0];
    if (!change || !table) continue;
    recorder.facts.schema.push({
      table: readTextOrHole(recorder.source, table, scope),
      line: recorder.lineOf(table),
      change,
      renamedTo: change === "rename" && step.args[1] ? readTextOrHole(recorder.source, step.args[1], scope) : null,
      foreignKeys: step.args.flatMap((argument) => foreignKeysIn(recorder, argument, scope)),
      columns: step.args.flatMap((argument) => columnsInCallback(argument)),
    });
  }
  return true;
}

// --- internal ---

function isSchemaBuilder(chain: Chain): boolean {
  if (chain.head !== null && /(?:^|\.)schema$/.test(chain.head)) return true;
  return chain.steps.some((step) => step.name === "createTable" || step.name === "alterTable");
}

type ForeignKey = SchemaFact["foreignKeys"][number];

function foreignKeysIn(recorder: Recorder, callback: ts.Expression, scope: Scope): ForeignKey[] {
  const body = unwrap(callback);
  if (!isFunctionNode(body)) return [];
  const found: ForeignKey[] = [];
  const visit = (node: ts.Node): void => {
    const key = ts.isCallExpression(node) ? foreignKey(recorder, readChain(node), scope) : null;
    if (key) found.push(key);
    else ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return found;
}

// table.integer('author_id').references('id').inTable('authors'), or .references('authors.id')
function foreignKey(recorder: Recorder, chain: Chain, scope: Scope): ForeignKey | null {
  const references = chain.steps.find((step) => step.name === "references");
  const inTable = chain.steps.find((step) => step.name === "inTable" || step.name === "on");
  const to = inTable ? firstText(recorder, inTable, scope) : references && tableOfColumn(recorder, references, scope);
  if (!references || !to) return null;

  const column = chain.steps[0] && columnsOf(chain.steps[0]);
  return { columns: column ?? [], to, line: recorder.lineOf(references.args[0] ?? references.node) };
}

function firstText(recorder: Recorder, step: Step, scope: Scope): Text | null {
  return step.args[0] ? readTextOrHole(recorder.source, step.args[0], scope) : null;
}

function tableOfColumn(recorder: Recorder, references: Step, scope: Scope): Text | null {
  const text = references.args[0] && readText(recorder.source, references.args[0], scope);
  const only = text?.length === 1 ? text[0] : undefined;
  const dot = typeof only === "string" ? only.lastIndexOf(".") : -1;
  return typeof only === "string" && dot > 0 ? [only.slice(0, dot)] : null;
}

function columnsOf(step: Step): string[] {
  const argument = step.args[0] && unwrap(step.args[0]);
  if (!argument) return [];
  if (ts.isStringLiteralLike(argument)) return [argument.text];
  return ts.isArrayLiteralExpression(argument)
    ? argument.elements.filter(ts.isStringLiteralLike).map((element) => element.text)
    : [];
}
