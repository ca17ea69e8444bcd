import type { Text } from "../../../source-facts.ts";
import { ts } from "../compiler.ts";
import { dottedName, isFunctionNode, propertyName, snippet, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import { findBinding, type Scope } from "../scope.ts";
import { readText } from "../text.ts";
import { memberValue, readToken } from "../tokens.ts";

/** How the arguments of a call name events. A name is text, a constant, or a class; a hole where only a run tells. */
export type ReadNames = (recorder: Recorder, args: readonly ts.Expression[], scope: Scope) => Text[];

const NAMING_MEMBERS = ["eventName", "event", "hook", "name", "type", "pattern", "topic"];

/** `"order.placed"`, `Events.PLACED`, `new OrderPlaced()`, `OrderPlaced`, `{ name: "order.placed" }`, lists of these. */
export const firstArgument: ReadNames = (recorder, args, scope) => namesOf(recorder, args[0], scope);

/** The same, of as many arguments as are no function: `subscribe("notes", "tags", listener)`. */
export const everyArgument: ReadNames = (recorder, args, scope) =>
  args.filter((node) => !isFunctionNode(unwrap(node))).flatMap((node) => namesOf(recorder, node, scope));

/** What a registration names beside its handler: `register(handler, OrderPlaced.name)`, `register("x", { hook })`. */
export const registeredName: ReadNames = (recorder, args, scope) => {
  for (const node of args) {
    const member = memberValue(node, NAMING_MEMBERS);
    if (member) return namesOf(recorder, member, scope);
  }
  const said = args.filter((node) => !isHandler(unwrap(node)));
  return said.length === args.length && !isFirstText(args)
    ? []
    : said.slice(0, 1).flatMap((x) => namesOf(recorder, x, scope));
};

/** A member of the object that is handed over: `send({ topic: "orders" })`. Nothing where there is no such member. */
export function memberNames(...members: string[]): ReadNames {
  return (recorder, args, scope) => {
    const value = args.map((node) => memberValue(node, members)).find(Boolean);
    return value ? listOf(value).map((node) => textOf(recorder, node, scope)) : [];
  };
}

/** `sendBatch({ topicMessages: [{ topic: "orders" }] })` */
export function listedMemberNames(list: string, member: string): ReadNames {
  return (recorder, args, scope) => {
    const value = memberValue(args[0], [list]);
    return value ? listOf(value).flatMap((node) => memberNames(member)(recorder, [node], scope)) : [];
  };
}

/** Two arguments that only together are a name, `publish("desk", "note.written")`: `desk:note.written`. */
export function joinedArguments(first: number, second: number): ReadNames {
  return (recorder, args, scope) => {
    const [left, right] = [args[first], args[second]];
    return left && right ? [[...textOf(recorder, left, scope), ":", ...textOf(recorder, right, scope)]] : [];
  };
}

/** The same of two members: `{ exchange: "desk", routingKey: "note.*" }`. */
export function joinedMembers(first: string, second: string): ReadNames {
  return (recorder, args, scope) => {
    const [left, right] = [memberValue(args[0], [first]), memberValue(args[0], [second])];
    return left && right ? joinedArguments(0, 1)(recorder, [left, right], scope) : [];
  };
}

/** A list of names, or one. */
export function namesOf(recorder: Recorder, node: ts.Expression | undefined, scope: Scope): Text[] {
  return node ? listOf(node).flatMap((element) => nameOf(recorder, element, scope)) : [];
}

// --- internal ---

function listOf(node: ts.Expression): readonly ts.Expression[] {
  const inner = unwrap(node);
  return ts.isArrayLiteralExpression(inner) ? inner.elements : [inner];
}

function nameOf(recorder: Recorder, node: ts.Expression, scope: Scope): Text[] {
  const inner = unwrap(node);
  if (isFunctionNode(inner)) return [];
  if (ts.isNewExpression(inner)) return className(inner);
  if (ts.isObjectLiteralExpression(inner)) return patternName(recorder, inner, scope);
  return [textOf(recorder, inner, scope)];
}

function className(node: ts.NewExpression): Text[] {
  const name = dottedName(node.expression);
  return name === null ? [] : [[{ name }]];
}

// `{ name: "order.placed" }` names an event; `{ cmd: "place" }` is a pattern as a whole.
function patternName(recorder: Recorder, node: ts.ObjectLiteralExpression, scope: Scope): Text[] {
  const named = memberValue(node, NAMING_MEMBERS);
  recorder.done.add(node);
  if (named) return namesOf(recorder, named, scope);
  const [only, ...others] = node.properties;
  const key = only && ts.isPropertyAssignment(only) ? propertyName(only.name) : null;
  if (!only || others.length > 0 || key === null || !ts.isPropertyAssignment(only)) return [];
  const value = readText(recorder.source, only.initializer, scope);
  return value ? [[`${key}:`, ...value]] : [];
}

function textOf(recorder: Recorder, node: ts.Expression, scope: Scope): Text {
  const inner = unwrap(node);
  const name = dottedName(inner) ?? "";
  if (name.startsWith("process.env.")) return [name.slice("process.env.".length)];
  const token = readToken(recorder, inner, scope);
  if (token) return token;
  const binding = ts.isIdentifier(inner) ? findBinding(scope, inner.text) : undefined;
  // `const placed = new OrderPlaced(); bus.publish(placed)`
  if (binding?.kind === "instance" && /^[\w.]+$/.test(binding.type)) return [{ name: binding.type }];
  return readText(recorder.source, inner, scope) ?? [{ hole: snippet(recorder.source, inner) }];
}

function isHandler(node: ts.Expression): boolean {
  if (isFunctionNode(node) || ts.isCallExpression(node)) return true;
  return (dottedName(node) ?? "").startsWith("this.");
}

function isFirstText(args: readonly ts.Expression[]): boolean {
  return args[0] !== undefined && ts.isStringLiteralLike(unwrap(args[0]));
}
