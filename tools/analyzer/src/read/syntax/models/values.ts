import type { ModelRef } from "../../../source-facts.ts";
import { ts } from "../compiler.ts";
import { dottedName, lastSegment, unwrap } from "../nodes.ts";
import { findBinding, isModuleName, type Scope } from "../scope.ts";
import { GUESSED_ROW, isHolderName } from "./mapper-words.ts";
import { either, typeRef } from "./type-refs.ts";

/** What an expression holds, as far as names, declared types and calls tell; null where nothing is known of it. */
export function valueOf(node: ts.Expression, scope: Scope, steps = 0): ModelRef | null {
  if (steps > MOST_STEPS) return null;
  const inner = unwrap(node);
  if (ts.isIdentifier(inner)) return valueOfName(inner.text, scope);
  if (inner.kind === ts.SyntaxKind.ThisKeyword) return localValue("this", scope);
  if (ts.isPropertyAccessExpression(inner)) return memberValue(inner, scope, steps + 1);
  if (ts.isCallExpression(inner)) return resultValue(inner, scope, steps + 1);
  if (ts.isNewExpression(inner)) return newValue(inner, scope, steps + 1);
  if (ts.isElementAccessExpression(inner)) return elementValue(inner, scope, steps + 1);
  if (ts.isConditionalExpression(inner)) return eitherValue([inner.whenTrue, inner.whenFalse], scope, steps + 1);
  if (ts.isBinaryExpression(inner)) return choiceValue(inner, scope, steps + 1);
  return ts.isArrayLiteralExpression(inner) ? listValue(inner, scope, steps + 1) : null;
}

/** What a name of the surroundings is known to hold; null for names of the module and for what nothing is known of. */
export function localValue(name: string, scope: Scope): ModelRef | null {
  for (let level: Scope | null = scope; level; level = level.parent) {
    const value = level.values?.get(name);
    if (value) return value;
    if (level.bindings.has(name)) return null;
  }
  return null;
}

export function setLocalValue(scope: Scope, name: string, value: ModelRef | null): void {
  if (!value) return;
  scope.values ??= new Map();
  scope.values.set(name, value);
}

/** A parameter without a type that is called `user` holds a row of the model `User`, if there is one. */
export function rowNamedLike(name: string): ModelRef {
  const keys = [name.charAt(0).toUpperCase() + name.slice(1), name];
  return { kind: "either", of: keys.map((key) => ({ kind: "result", of: { kind: "key", key }, name: GUESSED_ROW })) };
}

/** True for what is known by nothing but such a name. */
export function isGuessed(value: ModelRef): boolean {
  return value.kind === "either" && value.of[0]?.kind === "result" && value.of[0].name === GUESSED_ROW;
}

/** The model among the arguments of `getRepository(User)`, `find(ctx, User)`: a class by its name, or a value. */
export function modelArgument(args: readonly ts.Expression[], scope: Scope): ModelRef | null {
  const classes = args.map(unwrap).filter((argument) => ts.isIdentifier(argument) && /^[A-Z]/.test(argument.text));
  const candidate = classes.at(-1) ?? args.at(-1);
  if (!candidate) return null;
  const text = unwrap(candidate);
  if (ts.isStringLiteralLike(text)) return { kind: "key", key: text.text };
  // `getRepository(entities["User"])`: the entity's name tells as much as the object that holds it.
  const named = memberName(text);
  const key: ModelRef | null = named !== null && /^[A-Z]/.test(named) ? { kind: "key", key: named } : null;
  return either([valueOf(candidate, scope), key]);
}

function memberName(node: ts.Expression): string | null {
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  const index = ts.isElementAccessExpression(node) ? unwrap(node.argumentExpression) : null;
  return index && ts.isStringLiteralLike(index) ? index.text : null;
}

// --- internal ---

const MOST_STEPS = 8;

function valueOfName(name: string, scope: Scope): ModelRef | null {
  const local = localValue(name, scope);
  if (local) return local;
  if (isModuleName(scope, name)) return { kind: "name", name };
  const binding = findBinding(scope, name);
  return binding?.kind === "instance" && /^[\w.]+$/.test(binding.type)
    ? { kind: "type", type: binding.type, args: [] }
    : null;
}

function memberValue(node: ts.PropertyAccessExpression, scope: Scope, steps: number): ModelRef | null {
  const of = valueOf(node.expression, scope, steps);
  if (of && !isGuessed(of) && !(of.kind === "key" && isHolderName(of.key))) return member(of, node.name.text);
  // `sequelize.models.User`, whatever `sequelize` is
  return isHolderName(nameOf(node.expression)) ? { kind: "key", key: node.name.text } : null;
}

function nameOf(node: ts.Expression): string {
  const inner = unwrap(node);
  if (ts.isPropertyAccessExpression(inner)) return inner.name.text;
  return ts.isIdentifier(inner) ? inner.text : "";
}

function member(of: ModelRef, name: string): ModelRef {
  return of.kind === "name" ? { kind: "name", name: `${of.name}.${name}` } : { kind: "member", of, name };
}

function elementValue(node: ts.ElementAccessExpression, scope: Scope, steps: number): ModelRef | null {
  const of = valueOf(node.expression, scope, steps);
  const index = unwrap(node.argumentExpression);
  return of && ts.isStringLiteralLike(index) ? member(of, index.text) : of;
}

function eitherValue(nodes: readonly ts.Expression[], scope: Scope, steps: number): ModelRef | null {
  return either(nodes.map((node) => valueOf(node, scope, steps)));
}

// Every element keeps its place, for `const [user, team] = await Promise.all([...])`.
function listValue(list: ts.ArrayLiteralExpression, scope: Scope, steps: number): ModelRef | null {
  const found = list.elements.map((element) =>
    valueOf(ts.isSpreadElement(element) ? element.expression : element, scope, steps),
  );
  return found.some((value) => value) ? { kind: "either", of: found.map((value) => value ?? NOTHING) } : null;
}

const NOTHING: ModelRef = { kind: "either", of: [] };

const CHOICES = new Set([
  ts.SyntaxKind.BarBarToken,
  ts.SyntaxKind.QuestionQuestionToken,
  ts.SyntaxKind.AmpersandAmpersandToken,
]);

function choiceValue(node: ts.BinaryExpression, scope: Scope, steps: number): ModelRef | null {
  const { kind } = node.operatorToken;
  if (kind === ts.SyntaxKind.EqualsToken) return valueOf(node.right, scope, steps);
  if (!CHOICES.has(kind)) return null;
  const nodes = kind === ts.SyntaxKind.AmpersandAmpersandToken ? [node.right] : [node.left, node.right];
  return eitherValue(nodes, scope, steps);
}

function newValue(node: ts.NewExpression, scope: Scope, steps: number): ModelRef | null {
  const of = valueOf(node.expression, scope, steps);
  if (of?.kind === "name")
    return { kind: "type", type: of.name, args: (node.typeArguments ?? []).flatMap(argumentRef) };
  return of && { kind: "result", of, name: "create" };
}

function argumentRef(type: ts.TypeNode): ModelRef[] {
  const ref = typeRef(type);
  return ref ? [ref] : [];
}

/** Calls that name a model or a repository of one among their arguments. */
const NAMED_RESULTS: readonly [
  pattern: RegExp,
  value: (args: readonly ts.Expression[], scope: Scope) => ModelRef | null,
][] = [
  [/^get(?:Tree|Mongo|Entity)?Repository$/, (args, scope) => typed("Repository", modelArgument(args, scope))],
  [/^(?:getCustomRepository|withRepository)$/, (args, scope) => instanceOf(modelArgument(args, scope))],
  [/^(?:resolve|get)$/, (args, scope) => instanceOf(onlyClass(args, scope))],
  [/^Promise\.(?:all|resolve)$/, (args, scope) => (args[0] ? valueOf(args[0], scope) : null)],
  [
    /^(?:find(?:One|By|OneBy|OneOrFail|OneByOrFail|AndCount|AndCountBy|All)?|create|preload|save|merge|getReference|upsert)$/,
    (args, scope) => instanceOf(onlyClass(args, scope)),
  ],
  [/^createQueryBuilder$/, (args, scope) => typed("QueryBuilder", onlyClass(args, scope))],
  [/^model$/, (args) => keyOf(args)],
  [/^alias(?:edTable)?$/, ([table], scope) => (table ? valueOf(table, scope) : null)],
];

function typed(type: string, of: ModelRef | null): ModelRef | null {
  return of && { kind: "type", type, args: [of] };
}

function instanceOf(of: ModelRef | null): ModelRef | null {
  return of?.kind === "name" ? { kind: "type", type: of.name, args: [] } : of;
}

function onlyClass([first]: readonly ts.Expression[], scope: Scope): ModelRef | null {
  const inner = first && unwrap(first);
  return inner && ts.isIdentifier(inner) && /^[A-Z]/.test(inner.text) ? valueOf(inner, scope) : null;
}

function keyOf([first, second]: readonly ts.Expression[]): ModelRef | null {
  const inner = first && !second ? unwrap(first) : null;
  return inner && ts.isStringLiteralLike(inner) ? { kind: "key", key: inner.text } : null;
}

function resultValue(node: ts.CallExpression, scope: Scope, steps: number): ModelRef | null {
  const callee = unwrap(node.expression);
  const method = ts.isPropertyAccessExpression(callee) ? callee.name.text : ts.isIdentifier(callee) ? callee.text : "";
  const written = method === "all" || method === "resolve" ? `${ofPromise(callee)}${method}` : method;
  for (const [pattern, value] of NAMED_RESULTS) {
    const found = pattern.test(written) ? value(node.arguments, scope) : null;
    if (found) return found;
  }
  if (!ts.isPropertyAccessExpression(callee)) {
    const of = valueOf(callee, scope, steps);
    return of && !isGuessed(of) ? { kind: "result", of, name: "" } : null;
  }
  const of = valueOf(callee.expression, scope, steps);
  const field = /^\$?relatedQuery$/.test(method) && node.arguments[0] ? textOf(node.arguments[0]) : null;
  // Objection: `person.$relatedQuery("pets")`
  if (field !== null) return { kind: "relation", of, holder: lastSegment(dottedName(callee.expression) ?? ""), field };
  return of && !isGuessed(of) ? { kind: "result", of, name: callee.name.text } : null;
}

function textOf(node: ts.Expression): string | null {
  const inner = unwrap(node);
  return ts.isStringLiteralLike(inner) ? inner.text : null;
}

function ofPromise(callee: ts.Expression): string {
  const isPromise =
    ts.isPropertyAccessExpression(callee) && ts.isIdentifier(callee.expression) && callee.expression.text === "Promise";
  return isPromise ? "Promise." : "";
}
