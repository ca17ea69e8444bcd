import type { Text, TextPart } from "../../source-facts.ts";
import { ts } from "./compiler.ts";
import { dottedName, firstSegment, propertyName, snippet, unwrap } from "./nodes.ts";
import { findBinding, isModuleName, type Scope } from "./scope.ts";

/** The text an expression stands for, or null where it is no text at all (a number, a function, an object). */
export function readText(source: ts.SourceFile, node: ts.Expression, scope: Scope): Text | null {
  const inner = unwrap(node);
  if (ts.isStringLiteralLike(inner)) return [inner.text];
  if (ts.isTemplateExpression(inner)) return readTemplate(source, inner, scope);
  if (ts.isBinaryExpression(inner)) return readSum(source, inner, scope);
  if (ts.isCallExpression(inner)) return readJoinedArray(source, inner, scope);
  return readName(inner, scope);
}

/** The same, but every expression has a text: what cannot be known becomes a hole that shows the code. */
export function readTextOrHole(source: ts.SourceFile, node: ts.Expression, scope: Scope): Text {
  return readText(source, node, scope) ?? [hole(source, node)];
}

/** The pieces of a template, whatever its tag. */
export function readTemplate(source: ts.SourceFile, template: ts.TemplateLiteral, scope: Scope): Text {
  if (!ts.isTemplateExpression(template)) return [template.text];
  const parts: TextPart[] = [template.head.text];
  for (const span of template.templateSpans) {
    parts.push(...readTextOrHole(source, span.expression, scope), span.literal.text);
  }
  return parts;
}

/** The text members of a constant object: `{posts: 'posts', deep: {a: 'b'}}` gives `posts` and `deep.a`. */
export function readTextMembers(
  source: ts.SourceFile,
  node: ts.ObjectLiteralExpression,
  scope: Scope,
): Record<string, Text> {
  const members: Record<string, Text> = {};
  for (const property of node.properties) {
    const name = property.name && ts.isPropertyAssignment(property) ? propertyName(property.name) : null;
    if (name === null || !ts.isPropertyAssignment(property)) continue;
    const value = unwrap(property.initializer);
    const text = readText(source, value, scope);
    if (text) members[name] = text;
    if (!ts.isObjectLiteralExpression(value)) continue;
    for (const [key, inner] of Object.entries(readTextMembers(source, value, scope))) members[`${name}.${key}`] = inner;
  }
  return members;
}

// --- internal ---

function readSum(source: ts.SourceFile, node: ts.BinaryExpression, scope: Scope): Text | null {
  if (node.operatorToken.kind !== ts.SyntaxKind.PlusToken) return null;
  const left = readText(source, node.left, scope);
  const right = readText(source, node.right, scope);
  if (!left && !right) return null;
  return [...(left ?? [hole(source, node.left)]), ...(right ?? [hole(source, node.right)])];
}

function readJoinedArray(source: ts.SourceFile, call: ts.CallExpression, scope: Scope): Text | null {
  const callee = unwrap(call.expression);
  if (!ts.isPropertyAccessExpression(callee) || callee.name.text !== "join") return null;
  const list = unwrap(callee.expression);
  const separator = call.arguments[0];
  if (!ts.isArrayLiteralExpression(list) || !separator || !ts.isStringLiteralLike(separator)) return null;
  return list.elements.flatMap((element, index): TextPart[] => [
    ...(index > 0 ? [separator.text] : []),
    ...readTextOrHole(source, element, scope),
  ]);
}

function readName(node: ts.Expression, scope: Scope): Text | null {
  const name = dottedName(node);
  if (name === null || name.startsWith("this")) return null;
  const first = firstSegment(name);
  const binding = findBinding(scope, first);
  if (binding?.kind === "text" && name === first) return binding.text;
  if (binding?.kind === "texts" || binding?.kind === "statics")
    return binding.members[name.slice(first.length + 1)] ?? null;
  return !binding && isModuleName(scope, first) ? [{ name }] : null;
}

function hole(source: ts.SourceFile, node: ts.Expression): TextPart {
  return { hole: snippet(source, node) };
}
