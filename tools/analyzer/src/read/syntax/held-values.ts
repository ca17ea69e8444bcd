import { ts } from "./compiler.ts";
import { dottedName, firstSegment, propertyName, unwrap } from "./nodes.ts";
import type { Recorder } from "./recorder.ts";
import { isModuleName, type Scope } from "./scope.ts";
import { spellValue } from "./spelled-values.ts";

/** What a module's default export holds: `export default new Log()`, `export default { wrap, send: mailer.send }`. */
export function rememberDefault(recorder: Recorder, node: ts.Statement, scope: Scope): void {
  if (!ts.isExportAssignment(node)) return;
  const value = unwrap(node.expression);
  if (ts.isObjectLiteralExpression(value)) rememberMembers(recorder, "default", value, scope);
  else if (dottedName(value) === null) remember(recorder, "default", spellValue(value, scope));
}

/** Members of a module's object that are values of other names: `{ wrap, send: mailer.send, log: new Log() }`. */
export function rememberMembers(
  recorder: Recorder,
  object: string,
  node: ts.ObjectLiteralExpression,
  scope: Scope,
): void {
  for (const property of node.properties) {
    const member = property.name ? propertyName(property.name) : null;
    const value = heldValue(property);
    if (member === null || !value) continue;
    const name = dottedName(value);
    if (name === null || isModuleName(scope, firstSegment(name))) {
      remember(recorder, `${object}.${member}`, name === null ? spellValue(value, scope) : `typeof ${name}`);
    }
  }
}

// --- internal ---

function heldValue(property: ts.ObjectLiteralElementLike): ts.Expression | null {
  if (ts.isShorthandPropertyAssignment(property)) return property.name;
  if (!ts.isPropertyAssignment(property)) return null;
  const value = unwrap(property.initializer);
  return ts.isIdentifier(value) || ts.isPropertyAccessExpression(value) || ts.isNewExpression(value) ? value : null;
}

function remember(recorder: Recorder, name: string, spelled: string | null): void {
  if (spelled !== null) recorder.facts.instances[name] = spelled;
}
