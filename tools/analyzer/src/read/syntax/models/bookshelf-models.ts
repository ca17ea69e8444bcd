import type { ModelRef, RelationFact, Text } from "../../../source-facts.ts";
import { readChain, type Chain, type Step } from "../chain.ts";
import { ts } from "../compiler.ts";
import { isFunctionNode, lastSegment, propertyName, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { readText } from "../text.ts";
import { remember } from "./type-refs.ts";
import { valueOf } from "./values.ts";

/** `bookshelf.Model.extend({ tableName: 'users', posts() { ... } })`, `bookshelf.model('User', { ... })`. */
export function recordBookshelfModel(recorder: Recorder, chain: Chain, scope: Scope): void {
  for (const step of chain.steps) {
    if (step.name === "extend") addModel(recorder, step, step.args[0], [], scope);
    if (step.name !== "model" || step.args.length < 2) continue;
    const [key, definition] = step.args.map(unwrap);
    if (!key || !definition || !ts.isStringLiteralLike(key)) continue;
    if (ts.isIdentifier(definition)) giveOut(recorder, key.text, definition.text, step);
    else addModel(recorder, step, definition, [key.text], scope);
  }
}

/** `class User extends bookshelf.Model { get tableName() { return 'users' } }`: no static, other than Objection. */
export function recordBookshelfClass(
  recorder: Recorder,
  node: ts.ClassLikeDeclaration,
  name: string,
  scope: Scope,
): void {
  if (!node.heritageClauses) return;
  const table = tableIn(recorder, node.members, scope);
  if (table) pushModel(recorder, { name, keys: [], table, node, members: node.members }, scope);
}

/** True where the definition of a model is one of Bookshelf's and not a schema. */
export function isBookshelfDefinition(node: ts.Expression): boolean {
  const inner = unwrap(node);
  return ts.isObjectLiteralExpression(inner) && inner.properties.some((member) => nameOf(member) === "tableName");
}

// --- internal ---

type Member = ts.ClassElement | ts.ObjectLiteralElementLike;
type Members = readonly Member[];

function nameOf(member: Member): string | null {
  return member.name ? propertyName(member.name) : null;
}

function addModel(
  recorder: Recorder,
  step: Step,
  definition: ts.Expression | undefined,
  keys: string[],
  scope: Scope,
): void {
  const inner = definition && unwrap(definition);
  if (!inner || !ts.isObjectLiteralExpression(inner)) return;
  const table = tableIn(recorder, inner.properties, scope);
  const name = recorder.resultNames.get(step.node) ?? keys[0];
  if (!table || name === undefined) return;
  pushModel(recorder, { name, keys, table, node: step.node, members: inner.properties }, scope);
}

// `bookshelf.model('User', User)` gives a model out under a name, and itself is that model.
function giveOut(recorder: Recorder, key: string, name: string, step: Step): void {
  recorder.facts.models.find((model) => model.mapper === "bookshelf" && model.name === name)?.keys.push(key);
  const result = recorder.resultNames.get(step.node);
  if (result !== undefined && result !== name) remember(recorder.facts.values, result, { kind: "name", name });
}

type Found = { name: string; keys: string[]; table: Text; node: ts.Node; members: Members };

function pushModel(recorder: Recorder, { name, keys, table, node, members }: Found, scope: Scope): void {
  recorder.facts.models.push({
    mapper: "bookshelf",
    name,
    keys,
    table,
    line: recorder.lineOf(node),
    columns: [],
    relations: members.flatMap((member) => relationOf(recorder, member, scope) ?? []),
  });
}

function tableIn(recorder: Recorder, members: Members, scope: Scope): Text | null {
  const member = members.find((candidate) => nameOf(candidate) === "tableName");
  if (!member || isStatic(member)) return null;
  const value = ts.isPropertyAssignment(member) || ts.isPropertyDeclaration(member) ? member.initializer : null;
  const written = value ?? returned(member);
  return written ? readText(recorder.source, written, scope) : null;
}

function isStatic(member: Member): boolean {
  const modifiers = ts.canHaveModifiers(member) ? (ts.getModifiers(member) ?? []) : [];
  return modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword);
}

// What a method, an accessor or a function in a property gives back.
function returned(member: Member): ts.Expression | undefined {
  const body = bodyOf(member);
  return body && ts.isBlock(body) ? body.statements.findLast(ts.isReturnStatement)?.expression : body;
}

function bodyOf(member: Member): ts.ConciseBody | undefined {
  if (ts.isMethodDeclaration(member) || ts.isGetAccessor(member)) return member.body;
  const value = ts.isPropertyAssignment(member) || ts.isPropertyDeclaration(member) ? member.initializer : undefined;
  const inner = value && unwrap(value);
  return inner && isFunctionNode(inner) ? inner.body : undefined;
}

const RELATION = /^(?:hasMany|hasOne|belongsTo|belongsToMany|morphMany|morphOne)$/;

// `posts() { return this.hasMany('Post', 'author_id') }`
function relationOf(recorder: Recorder, member: Member, scope: Scope): RelationFact | null {
  const field = nameOf(member);
  const value = field === null ? undefined : returned(member);
  const inner = value && unwrap(value);
  if (field === null || !inner || !ts.isCallExpression(inner)) return null;
  const { head, steps } = readChain(inner);
  const [kind] = steps;
  const [target, second] = kind?.args ?? [];
  if (head !== "this" || !kind || !RELATION.test(kind.name) || !target) return null;
  const to = targetOf(target, scope);
  const named = second && readText(recorder.source, second, scope);
  if (!to) return null;
  return {
    field,
    to,
    columns: kind.name === "belongsTo" ? [plain(named) ?? `${defaultKey(to)}_id`] : [],
    through: kind.name === "belongsToMany" ? (named ?? null) : throughOf(steps, scope),
    line: recorder.lineOf(member),
  };
}

function targetOf(target: ts.Expression, scope: Scope): ModelRef | null {
  const inner = unwrap(target);
  return ts.isStringLiteralLike(inner) ? { kind: "key", key: inner.text } : valueOf(inner, scope);
}

function plain(text: Text | null | undefined): string | null {
  const [only] = text ?? [];
  return typeof only === "string" ? only : null;
}

// bookshelfjs.org/api.html#Model-instance-belongsTo: "the foreign key is the singular form of the table, plus _id".
function defaultKey(to: ModelRef): string {
  const name = to.kind === "key" ? to.key : to.kind === "name" ? lastSegment(to.name) : "";
  return name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase();
}

function throughOf(steps: readonly Step[], scope: Scope): ModelRef | null {
  const target = steps.find(({ name }) => name === "through")?.args[0];
  return target ? targetOf(target, scope) : null;
}
