import type { AccessMode, StatementFact, Text } from "../../../source-facts.ts";
import type { Chain, Step } from "../chain.ts";
import { ts } from "../compiler.ts";
import { AFTER_STEPS } from "../knex-words.ts";
import { isFunctionNode, snippet, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import { findBinding, nest, type Scope } from "../scope.ts";
import { readText, readTextOrHole } from "../text.ts";

/**
 * `db.selectFrom('posts as p').innerJoin('authors as a', ...)`: Kysely names its tables in text, like knex, but in
 * steps that nothing else has. Subqueries and common table expressions belong to the statement around them. True where
 * the chain is one of Kysely's.
 */
export function recordKyselyQuery(recorder: Recorder, chain: Chain, scope: Scope): boolean {
  if (!chain.steps.some(({ name }) => ROOTS.has(name) || FURTHER.has(name) || DEFINITIONS.has(name))) return false;
  const continued = continuedStatement(recorder, chain, scope);
  const defined = namesDefined(recorder, chain);
  if (continued === null && defined.length === 0 && !chain.steps.some((step) => ROOTS.has(step.name))) return false;

  const found = chain.steps.flatMap((step) => tablesOf(recorder, step, scope));
  const index = continued ?? enclosingStatement(recorder, scope) ?? addStatement(recorder, chain, scope);
  const statement = recorder.facts.statements[index];
  // The tables of common table expressions come first in the text, but the query is about what follows them.
  statement?.tables.push(...found);
  statement?.ownNames.push(...defined);
  for (const step of chain.steps) {
    recorder.queries.set(step.node, index);
    shareWithSubqueries(recorder, step, scope, index);
  }
  return true;
}

// --- internal ---

const ROOTS: ReadonlyMap<string, AccessMode> = new Map([
  ["selectFrom", "read"],
  ["insertInto", "write"],
  ["updateTable", "write"],
  ["deleteFrom", "write"],
  ["replaceInto", "write"],
  ["mergeInto", "write"],
]);

const FURTHER = new Set([
  "innerJoin",
  "leftJoin",
  "rightJoin",
  "fullJoin",
  "crossJoin",
  "innerJoinLateral",
  "leftJoinLateral",
  "crossJoinLateral",
  "crossApply",
  "outerApply",
  "from",
  "using",
]);

const DEFINITIONS = new Set(["with", "withRecursive"]);

// `query = query.innerJoin(...)`, and `.$if(deep, (query) => query.innerJoin(...))` inside another statement
function continuedStatement(recorder: Recorder, chain: Chain, scope: Scope): number | null {
  if (chain.head === null || !chain.steps.some((step) => FURTHER.has(step.name) || ROOTS.has(step.name))) return null;
  const binding = findBinding(scope, chain.head);
  if (binding?.kind === "query" && isKysely(recorder, binding.statement)) return binding.statement;
  return chain.steps.some((step) => ROOTS.has(step.name)) || !isParameter(chain, scope)
    ? null
    : enclosingStatement(recorder, scope);
}

function isParameter(chain: Chain, scope: Scope): boolean {
  return chain.head !== null && scope.bindings.has(chain.head);
}

function isKysely(recorder: Recorder, statement: number): boolean {
  return recorder.facts.statements[statement]?.source === "kysely";
}

function enclosingStatement(recorder: Recorder, scope: Scope): number | null {
  return scope.statement !== null && isKysely(recorder, scope.statement) ? scope.statement : null;
}

function addStatement(recorder: Recorder, chain: Chain, scope: Scope): number {
  const statement: StatementFact = {
    line: recorder.lineOf(chain.start),
    in: scope.functionName,
    transaction: scope.transaction,
    source: "kysely",
    certain: true,
    code: snippet(recorder.source, chain.steps.at(-1)?.node ?? chain.start),
    tables: [],
    ownNames: [],
    sql: [],
  };
  return recorder.facts.statements.push(statement) - 1;
}

type Found = { name: Text; mode: AccessMode; line: number };

function tablesOf(recorder: Recorder, step: Step, scope: Scope): Found[] {
  const mode = ROOTS.get(step.name) ?? (FURTHER.has(step.name) ? "read" : null);
  const argument = step.args[0] && unwrap(step.args[0]);
  if (mode === null || !argument) return [];
  const listed = ts.isArrayLiteralExpression(argument) ? argument.elements.map(unwrap) : [argument];
  return listed.flatMap((node): Found[] => {
    const name = tableName(recorder, node, scope);
    return name ? [{ name, mode, line: recorder.lineOf(node) }] : [];
  });
}

// A callback or a call is a subquery, and so is a variable that holds a query.
function tableName(recorder: Recorder, node: ts.Expression, scope: Scope): Text | null {
  if (isFunctionNode(node) || ts.isCallExpression(node)) return null;
  const isQuery = ts.isIdentifier(node) && findBinding(scope, node.text)?.kind === "query";
  if (isQuery) return null;
  const text = readText(recorder.source, node, scope);
  if (text) return text;
  return ts.isIdentifier(node) || ts.isPropertyAccessExpression(node)
    ? readTextOrHole(recorder.source, node, scope)
    : null;
}

// `.with('recent', (db) => db.selectFrom(...))`, `.withRecursive('tree(id, parent)', ...)`
function namesDefined(recorder: Recorder, chain: Chain): string[] {
  return chain.steps.flatMap(({ name, args: [first, second] }) => {
    if (!DEFINITIONS.has(name) || !first || !second || !ts.isStringLiteralLike(first)) return [];
    const body = recorder.source.text.slice(second.pos, second.end);
    return QUERY_INSIDE.test(body) ? [first.text.replace(/\(.*$/s, "").trim()] : [];
  });
}

const QUERY_INSIDE = /\.(?:selectFrom|insertInto|updateTable|deleteFrom|selectNoFrom|mergeInto)\(/;

function shareWithSubqueries(recorder: Recorder, step: Step, scope: Scope, statement: number): void {
  const inner = nest(scope, { statement: AFTER_STEPS.has(step.name) ? null : statement });
  for (const argument of step.args) if (!recorder.scopes.has(argument)) recorder.scopes.set(argument, inner);
}
