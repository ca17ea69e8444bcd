import type { Text } from "../../source-facts.ts";
import { ts } from "./compiler.ts";
import { dottedName, firstSegment, isFunctionNode, lastSegment, propertyName, unwrap } from "./nodes.ts";
import type { Recorder } from "./recorder.ts";
import { isModuleName, type Scope } from "./scope.ts";
import { readText } from "./text.ts";

/**
 * What things are registered, asked for or announced by: text, or the name of a constant, a class or a symbol of this
 * or another file. `forwardRef(() => Notes)` is `Notes`, `NotePublished.name` is `NotePublished`. Null for the rest.
 */
export function readToken(recorder: Recorder, node: ts.Expression, scope: Scope): Text | null {
  const inner = unwrap(node);
  if (ts.isCallExpression(inner)) return readCalledToken(recorder, inner, scope);
  const name = dottedName(inner);
  if (name === null) return readText(recorder.source, inner, scope);
  const text = readText(recorder.source, inner, scope);
  if (text && !text.every((part) => typeof part !== "string" && "name" in part)) return text;
  const isClassName = lastSegment(name) === "name" && /^[A-Z]/.test(lastSegment(name.slice(0, -".name".length)));
  const token = isClassName ? name.slice(0, -".name".length) : name;
  return isModuleName(scope, firstSegment(token)) && firstSegment(token) !== "this" ? [{ name: token }] : null;
}

/** The value of the first of these members that an object literal has. */
export function memberValue(node: ts.Expression | undefined, names: readonly string[]): ts.Expression | null {
  const object = node && unwrap(node);
  if (!object || !ts.isObjectLiteralExpression(object)) return null;
  for (const property of object.properties) {
    const name = property.name ? propertyName(property.name) : null;
    if (name === null || !names.includes(name)) continue;
    if (ts.isPropertyAssignment(property)) return property.initializer;
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
  }
  return null;
}

// --- internal ---

function readCalledToken(recorder: Recorder, call: ts.CallExpression, scope: Scope): Text | null {
  const name = dottedName(call.expression);
  const [argument] = call.arguments;
  if (name === null) return null;
  if (argument && isFunctionNode(argument)) {
    return ts.isBlock(argument.body) ? null : readToken(recorder, argument.body, scope);
  }
  // `NotePublished.getName()`: what the class says of itself.
  const known = isModuleName(scope, firstSegment(name)) && firstSegment(name) !== "this";
  if (!argument && known) return [{ name: `${name}()` }];
  return readText(recorder.source, call, scope);
}
