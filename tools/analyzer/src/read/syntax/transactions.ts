import type { Chain, Step } from "./chain.ts";
import { addCall, passedFunction } from "./calls.ts";
import { ts } from "./compiler.ts";
import { valueOf } from "./models/values.ts";
import { dottedName, isFunctionNode, lastSegment, snippet, unwrap } from "./nodes.ts";
import type { Recorder } from "./recorder.ts";
import { nest, type Scope } from "./scope.ts";
import {
  BEGIN_TEXT,
  CLASS_DECORATOR,
  COMMIT_TEXT,
  COMMITS,
  COMMITS_TEXT,
  kindsOf,
  METHOD_DECORATOR,
  MIDDLEWARE,
  type Kind,
} from "./transaction-words.ts";

/**
 * Where one chain of calls opens a transaction: around a callback or a list of queries, for the rest of the function,
 * or for the handlers of a route.
 */
export function recordTransaction(recorder: Recorder, chain: Chain, scope: Scope): void {
  for (const [index, step] of chain.steps.entries()) {
    const name = nameOf(chain, step);
    const kinds = kindsOf(name);
    if (kinds.length === 0) continue;
    if (kinds.includes("scope")) openAround(recorder, chain, index, scope);
    if (isLast(chain, index) && opensByHand(recorder, chain, step, kinds)) openFromHere(recorder, step, scope);
    if (kinds.includes("close") || (kinds.includes("text") && isText(step, COMMIT_TEXT))) closeFromHere(scope);
    if (kinds.includes("route")) openInHandlers(recorder, step, scope);
  }
}

/** `const trx = await knex.transaction()`: what the variable holds is a database, too. */
export function opensTransactionWithoutCallback(chain: Chain): boolean {
  const step = chain.steps.at(-1);
  return step !== undefined && kindsOf(nameOf(chain, step)).includes("scope") && !step.args.some(isCallback);
}

/** `@Transactional()` on a method or on a whole class: each method is a transaction of its own. */
export function recordTransactionalMethods(
  recorder: Recorder,
  node: ts.ClassLikeDeclaration,
  name: string,
  scope: Scope,
): void {
  const whole = hasDecorator(node, CLASS_DECORATOR);
  for (const member of node.members) {
    if (!ts.isMethodDeclaration(member) || !(whole || hasDecorator(member, METHOD_DECORATOR))) continue;
    const method = ts.isIdentifier(member.name) ? `${name}#${member.name.text}` : null;
    const transaction = addTransaction(recorder, member.name, method);
    recorder.scopes.set(member, nest(scope, { transaction }));
  }
}

/** The queries that a variable holds and that nobody has waited for yet: `$transaction([a, b])` runs them later. */
export function rememberQueries(recorder: Recorder, variable: string, from: number, scope: Scope): void {
  const { accesses } = recorder.facts;
  if (accesses.length === from) return;
  const key = heldBy(variable, scope);
  const known = recorder.held.get(key) ?? [];
  recorder.held.set(key, [...known, ...accesses.slice(from)]);
}

// --- internal ---

function nameOf(chain: Chain, step: Step): string {
  return step.name === "" ? lastSegment(chain.head ?? "") : step.name;
}

function isCallback(argument: ts.Expression): boolean {
  return isFunctionNode(unwrap(argument));
}

function isLast(chain: Chain, index: number): boolean {
  // Kysely: `await db.startTransaction().execute()`
  return chain.steps
    .slice(index + 1)
    .every(({ name, args }) => /^(?:execute|setIsolationLevel)$/.test(name) && args.length < 1);
}

// `db.transaction(async (trx) => ...)`, `db.transaction().execute(async (trx) => ...)`, `$transaction([a, b])`
function openAround(recorder: Recorder, chain: Chain, index: number, scope: Scope): void {
  const [step, ...later] = chain.steps.slice(index);
  if (!step) return;
  const callbacks = [...step.args, ...later.filter(({ name }) => name === "execute").flatMap(({ args }) => args)];
  const lists = step.name === "$transaction";
  const around = callbacks.filter(
    (argument) => lists || isCallback(argument) || passedFunction(argument, scope) !== null,
  );
  if (around.length === 0) return;
  const transaction = openTransaction(recorder, step, scope);
  for (const argument of around) {
    nameBoundModel(recorder, step, argument, scope);
    if (lists) takeIn(recorder, argument, transaction, scope);
    else callPassed(recorder, argument, { ...scope, transaction });
    recorder.scopes.set(argument, nest(scope, { transaction, statement: null }));
  }
}

// Objection: in `transaction(Person, async (BoundPerson) => ...)` the parameter is the model again.
function nameBoundModel(
  recorder: Recorder,
  { name, args: [model] }: Step,
  argument: ts.Expression,
  scope: Scope,
): void {
  const value = name === "" && model && ts.isIdentifier(unwrap(model)) ? valueOf(model, scope) : null;
  if (value && isCallback(argument)) recorder.elements.set(unwrap(argument), value);
}

// `knex.transaction(publish)`
function callPassed(recorder: Recorder, argument: ts.Expression, scope: Scope): void {
  const callee = isCallback(argument) ? null : passedFunction(argument, scope);
  if (callee !== null) addCall(recorder, callee, argument, scope);
}

// `$transaction([first, ...others])`, `$transaction(operations)`
function takeIn(recorder: Recorder, argument: ts.Expression, transaction: number, scope: Scope): void {
  const inner = unwrap(argument);
  if (ts.isArrayLiteralExpression(inner)) {
    for (const element of inner.elements) takeIn(recorder, element, transaction, scope);
  } else if (ts.isSpreadElement(inner)) takeIn(recorder, inner.expression, transaction, scope);
  if (!ts.isIdentifier(inner)) return;
  for (const access of recorder.held.get(heldBy(inner.text, scope)) ?? []) access.transaction ??= transaction;
}

function heldBy(variable: string, scope: Scope): string {
  return `${scope.functionName ?? ""} ${variable}`;
}

function openTransaction(recorder: Recorder, step: Step, scope: Scope): number {
  // A transaction inside another one is a savepoint of it: the outer scope sees its tables as well.
  return scope.transaction ?? addTransaction(recorder, step.node, scope.functionName);
}

function addTransaction(recorder: Recorder, node: ts.Node, within: string | null): number {
  const { transactions } = recorder.facts;
  return transactions.push({ line: recorder.lineOf(node), in: within, code: snippet(recorder.source, node) }) - 1;
}

/**
 * `await queryRunner.startTransaction()`, `const t = await sequelize.transaction()`, `client.query("BEGIN")`: what is
 * started by hand is committed by hand, in the same file. That tells it from what only has the name, like the
 * transactions of monitoring.
 */
function opensByHand(recorder: Recorder, chain: Chain, step: Step, kinds: readonly Kind[]): boolean {
  if (kinds.includes("text")) return isText(step, BEGIN_TEXT) && mentions(recorder.source, COMMITS_TEXT);
  if (step.name === "" || !kinds.includes("open") || step.args.some(isCallback)) return false;
  // Objection's `transaction.start(knex)`; of other things that start, nothing is known.
  if (step.name === "start" && !/(?:^|\.)transaction$/.test(chain.head ?? "")) return false;
  return mentions(recorder.source, COMMITS);
}

function isText(step: Step, pattern: RegExp): boolean {
  const argument = step.args[0];
  if (!argument) return false;
  const inner = unwrap(argument);
  return ts.isStringLiteralLike(inner) && pattern.test(inner.text);
}

const answers = new WeakMap<ts.SourceFile, Map<RegExp, boolean>>();

// The text of a file is searched once, however many calls ask.
function mentions(source: ts.SourceFile, pattern: RegExp): boolean {
  const known = answers.get(source) ?? new Map<RegExp, boolean>();
  answers.set(source, known);
  const found = known.get(pattern) ?? pattern.test(source.text);
  known.set(pattern, found);
  return found;
}

// Also where it is opened in a branch: from there on, the rest of the function may be inside.
function openFromHere(recorder: Recorder, step: Step, scope: Scope): void {
  if (scope.transaction !== null) return;
  const transaction = openTransaction(recorder, step, scope);
  for (let level: Scope | null = scope; level && level.depth === scope.depth; level = level.parent) {
    level.transaction = transaction;
  }
}

// Only for the rest of the block: a branch that commits and returns does not end it for the others.
function closeFromHere(scope: Scope): void {
  scope.transaction = null;
}

// `router.post("/orders", transaction(), async (ctx) => ...)`: one transaction for each request.
function openInHandlers(recorder: Recorder, step: Step, scope: Scope): void {
  const position = step.args.findIndex(isMiddleware);
  if (position < 0 || scope.transaction !== null) return;
  const transaction = addTransaction(recorder, step.node, scope.functionName);
  for (const handler of step.args.slice(position + 1)) {
    recorder.scopes.set(handler, nest(scope, { transaction }));
    callPassed(recorder, handler, { ...scope, transaction });
  }
}

function isMiddleware(argument: ts.Expression): boolean {
  const inner = unwrap(argument);
  const name = dottedName(ts.isCallExpression(inner) ? inner.expression : inner);
  return name !== null && MIDDLEWARE.test(lastSegment(name));
}

function hasDecorator(node: ts.Node, pattern: RegExp): boolean {
  if (!ts.canHaveDecorators(node)) return false;
  return (ts.getDecorators(node) ?? []).some(({ expression }) => {
    const name = dottedName(ts.isCallExpression(expression) ? expression.expression : expression);
    return name !== null && pattern.test(lastSegment(name));
  });
}
