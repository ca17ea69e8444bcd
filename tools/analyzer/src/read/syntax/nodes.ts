import { ts } from "./compiler.ts";

/** The expression without what does not change its value: parentheses, `as`, `satisfies`, `!`, `await`. */
export function unwrap(node: ts.Expression): ts.Expression {
  if (
    ts.isParenthesizedExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isAwaitExpression(node) ||
    ts.isTypeAssertionExpression(node)
  ) {
    return unwrap(node.expression);
  }
  return node;
}

/** `a`, `this.a`, `a.b.c` as text; null for anything that is not only names. */
export function dottedName(node: ts.Expression): string | null {
  const inner = unwrap(node);
  if (ts.isIdentifier(inner)) return inner.text;
  if (inner.kind === ts.SyntaxKind.ThisKeyword) return "this";
  if (!ts.isPropertyAccessExpression(inner)) return null;

  const left = dottedName(inner.expression);
  return left === null ? null : `${left}.${inner.name.text}`;
}

export function lastSegment(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

export function firstSegment(name: string): string {
  const dot = name.indexOf(".");
  return dot < 0 ? name : name.slice(0, dot);
}

export type FunctionNode = ts.ArrowFunction | ts.FunctionExpression;

export function isFunctionNode(node: ts.Node): node is FunctionNode {
  return ts.isArrowFunction(node) || ts.isFunctionExpression(node);
}

/** The text of a name that is written down: identifier, string or number. */
export function propertyName(name: ts.PropertyName | ts.BindingName): string | null {
  return ts.isIdentifier(name) ||
    ts.isStringLiteralLike(name) ||
    ts.isNumericLiteral(name) ||
    ts.isPrivateIdentifier(name)
    ? name.text
    : null;
}

/** The name of the class or interface a type names, if it names one: `Foo`, `a.Foo`, `Promise<Foo>` stays `Promise`. */
export function typeName(type: ts.TypeNode | undefined): string | null {
  if (!type || !ts.isTypeReferenceNode(type)) return null;
  return entityName(type.typeName);
}

function entityName(name: ts.EntityName): string {
  return ts.isIdentifier(name) ? name.text : `${entityName(name.left)}.${name.right.text}`;
}

const CODE_LENGTH = 120;

/** A piece of source on one line, shortened: evidence for a person. */
export function snippet(source: ts.SourceFile, node: ts.Node): string {
  const start = node.getStart(source);
  const text = source.text.slice(start, Math.min(node.end, start + CODE_LENGTH * 2)).replaceAll(/\s+/g, " ");
  return text.length > CODE_LENGTH ? `${text.slice(0, CODE_LENGTH - 1)}…` : text;
}
