import type { AccessMode, ModelRef } from "../../../source-facts.ts";
import type { Chain, Step } from "../chain.ts";
import { own } from "../../../own.ts";
import { ts } from "../compiler.ts";
import { lastSegment, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { addAccess, type Related } from "./access.ts";
import { isBuiltOnMapper, isManagerMethod, isMapperMethod, isRowMethod, MANAGER } from "./mapper-words.ts";
import { recordQueryBuilder } from "./query-builder.ts";
import { aggregated, populated, relatedInArguments, text } from "./related.ts";
import { isGuessed, valueOf } from "./values.ts";

/**
 * Calls that look like queries on a model, a repository of it or one of its rows: `User.findAll()`, `this.users.save()`,
 * `user.destroy()`, and those that hand the model to a manager: `manager.find(User)`, `em.persist(user)`. Which mapper
 * it is, and whether it is one at all, is found when the files are linked.
 */
export function recordModelCalls(recorder: Recorder, chain: Chain, scope: Scope): void {
  if (recordQueryBuilder(recorder, chain, scope)) return;
  for (const [position, step] of chain.steps.entries()) {
    if (!isMapperMethod(step.name) && !isBuiltOnMapper(step.name)) continue;
    const callee = unwrap(step.node.expression);
    if (!ts.isPropertyAccessExpression(callee)) continue;
    const later = chain.steps.slice(position + 1);
    const managed = managedModel(callee.expression, step, scope);
    if (managed) {
      const found = managedQuery(recorder, managed, step, later, scope);
      record(recorder, scope, chain, step, found, `${MANAGER}${step.name}`);
    } else recordOnReceiver(recorder, chain, callee.expression, step, later, scope);
  }
}

// --- internal ---

type Found = { model: ModelRef; mode: AccessMode; related: Related[]; partial?: true };

function managedQuery(recorder: Recorder, model: ModelRef, step: Step, later: readonly Step[], scope: Scope): Found {
  // `em.populate(user, ["articles"])` loads what belongs to rows that are there already.
  if (step.name === "populate") {
    return { model, mode: "read", partial: true, related: populated(recorder, step.args.slice(1), scope) };
  }
  return { model, mode: "read", related: relatedBy(recorder, step, later, scope) };
}

function record(recorder: Recorder, scope: Scope, chain: Chain, step: Step, found: Found, call?: string): void {
  const at = { start: chain.start, whole: step.node };
  addAccess(recorder, scope, at, { mapper: null, ...found, ...(call === undefined ? {} : { call }) });
}

function recordOnReceiver(
  recorder: Recorder,
  chain: Chain,
  receiver: ts.Expression,
  step: Step,
  later: readonly Step[],
  scope: Scope,
): void {
  const model = valueOf(receiver, scope);
  if (!model || (isGuessed(model) && !isRowMethod(step.name))) return;
  const ofRow = own(RELATION_CALLS, step.name);
  if (ofRow) {
    const before = chain.steps.slice(0, chain.steps.indexOf(step));
    const isChained = step.name === "populate" && before.some(({ name }) => isMapperMethod(name));
    if (!isChained) recordRelationCall(recorder, chain, model, step, ofRow, scope);
    return;
  }
  const related = relatedBy(recorder, step, later, scope);
  record(recorder, scope, chain, step, { model, mode: "read", related }, step.name);
}

/** Calls on a row that are about a relation of it: `team.$create("provider", {})`, `order.populate("items")`. */
const RELATION_CALLS: Readonly<Record<string, AccessMode>> = {
  populate: "read",
  $get: "read",
  $count: "read",
  $has: "read",
  $set: "write",
  $add: "write",
  $create: "write",
  $remove: "write",
};

function recordRelationCall(
  recorder: Recorder,
  chain: Chain,
  model: ModelRef,
  step: Step,
  mode: AccessMode,
  scope: Scope,
): void {
  // `User.populate(users, "team")` has the rows in front.
  const [first, ...others] = step.args;
  const isOfModel = step.name === "populate" && first && others.length > 0 && text(first) === null;
  const related = populated(recorder, isOfModel ? others : step.args, scope).map((one) => ({ ...one, mode }));
  if (related.length > 0) record(recorder, scope, chain, step, { model, mode, related, partial: true }, step.name);
}

function relatedBy(recorder: Recorder, step: Step, later: readonly Step[], scope: Scope): Related[] {
  const related = relatedInArguments(recorder, step.args, scope);
  if (step.name === "aggregate") related.push(...aggregated(recorder, step.args, scope));
  for (const next of later) if (next.name === "populate") related.push(...populated(recorder, next.args, scope));
  return related;
}

// A name in capitals is a class, and `Transaction.create()` a query of a model called so.
const MANAGER_NAME =
  /^(?:_?em|_?(?:\w*[mM])anager_?|orm|\w+Em|connection|dataSource|db|tx|trx|t|transaction|queryRunner)$/;

// `manager.find(User, ...)`, `em.persist(user)`: the model is in the first argument.
function managedModel(receiver: ts.Expression, step: Step, scope: Scope): ModelRef | null {
  const [first] = step.args;
  if (!first || !isManagerMethod(step.name) || !MANAGER_NAME.test(managerName(receiver))) return null;
  const inner = unwrap(first);
  return ts.isStringLiteralLike(inner) ? { kind: "key", key: inner.text } : valueOf(inner, scope);
}

function managerName(receiver: ts.Expression): string {
  const inner = unwrap(receiver);
  if (ts.isIdentifier(inner)) return inner.text;
  if (ts.isPropertyAccessExpression(inner)) return lastSegment(inner.name.text);
  if (!ts.isCallExpression(inner)) return "";
  const callee = unwrap(inner.expression);
  const isFork = ts.isPropertyAccessExpression(callee) && callee.name.text === "fork";
  return managerName(isFork ? callee.expression : callee);
}
