import type { ModelRef, Text } from "../../../source-facts.ts";
import { ts } from "../compiler.ts";
import { dottedName, isFunctionNode, propertyName, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { readText } from "../text.ts";
import { valueOf } from "./values.ts";

/** The value of a member of an object literal, or null. */
export function option(object: ts.Expression | undefined, name: string): ts.Expression | null {
  const inner = object && unwrap(object);
  if (!inner || !ts.isObjectLiteralExpression(inner)) return null;
  for (const property of inner.properties) {
    if (!property.name || propertyName(property.name) !== name) continue;
    if (ts.isPropertyAssignment(property)) return unwrap(property.initializer);
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
  }
  return null;
}

/** The text of the first of several members that has one. */
export function textOption(
  recorder: Recorder,
  object: ts.Expression | undefined,
  names: readonly string[],
  scope: Scope,
): Text | null {
  for (const name of names) {
    const value = option(object, name);
    const text = value && readText(recorder.source, value, scope);
    if (text) return text;
  }
  return null;
}

/** The only piece of a text that the file itself knows whole. */
export function plainText(text: Text | null): string | null {
  return text?.length === 1 && typeof text[0] === "string" ? text[0] : null;
}

/** What `() => User`, `type => User`, `"User"`, `User`, `User.name` and `models.User` mean where a model is expected. */
export function targetModel(node: ts.Expression | undefined | null, scope: Scope): ModelRef | null {
  const inner = node && unwrap(node);
  if (!inner) return null;
  if (isFunctionNode(inner)) return ts.isBlock(inner.body) ? null : targetModel(inner.body, scope);
  if (ts.isStringLiteralLike(inner)) return { kind: "key", key: inner.text };
  if (ts.isArrayLiteralExpression(inner)) return targetModel(inner.elements[0], scope);
  if (ts.isPropertyAccessExpression(inner) && inner.name.text === "name") return targetModel(inner.expression, scope);
  const known = valueOf(inner, scope);
  if (known) return known;
  const name = dottedName(inner);
  return name === null ? null : { kind: "key", key: name.slice(name.lastIndexOf(".") + 1) };
}

export function isTrue(node: ts.Expression | null): boolean {
  return node?.kind === ts.SyntaxKind.TrueKeyword;
}

/** The members of an object literal that are written as `name: value`. */
export function assignments(node: ts.Expression | undefined | null): { name: string; value: ts.Expression }[] {
  const inner = node && unwrap(node);
  if (!inner || !ts.isObjectLiteralExpression(inner)) return [];
  return inner.properties.flatMap((property) => {
    const name = property.name ? propertyName(property.name) : null;
    return name !== null && ts.isPropertyAssignment(property) ? [{ name, value: unwrap(property.initializer) }] : [];
  });
}
