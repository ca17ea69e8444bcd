import { ts } from "./compiler.ts";
import { commonJsName, exportedObject, exportedValue, isAssignment } from "./exports.ts";
import { dottedName, isFunctionNode, propertyName, unwrap } from "./nodes.ts";

/** Names for functions that carry none themselves, keyed by their node. Filled on the way down. */
export type FunctionNames = Map<ts.Node, string>;

/** `const add = ...`, also through a wrapper: `const add = asyncHandler(async () => ...)`. */
export function nameVariable(names: FunctionNames, node: ts.VariableDeclaration): void {
  if (ts.isIdentifier(node.name) && node.initializer) nameValue(names, node.initializer, node.name.text);
}

/** `exports.add = ...`, `Note.add = ...`, `Note.prototype.add = ...`, `module.exports = { add() {} }`. */
export function nameStatement(names: FunctionNames, node: ts.Statement): void {
  const object = exportedObject(node);
  const whole = ts.isExportAssignment(node) ? node.expression : exportedValue(node);
  if (object) nameMembers(names, object, "");
  else if (whole) nameValue(names, whole, "default");
  else if (ts.isExpressionStatement(node) && isAssignment(node.expression)) nameAssignment(names, node.expression);
}

/** The name a function-like node gives to everything inside it, or null where it stays part of what is around. */
export function nameOf(names: FunctionNames, node: ts.SignatureDeclaration, className: string | null): string | null {
  const given = names.get(node);
  if (given !== undefined) return given;
  if (ts.isFunctionDeclaration(node)) return node.name?.text ?? "default";
  if (ts.isConstructorDeclaration(node)) return className === null ? null : `${className}#constructor`;
  const own = ts.isMethodDeclaration(node) || ts.isAccessor(node) ? propertyName(node.name) : null;
  return own !== null && className !== null ? `${className}#${own}` : null;
}

/** Arrow functions held in fields: `add = async () => ...`. */
export function nameField(names: FunctionNames, node: ts.PropertyDeclaration, className: string): void {
  const name = propertyName(node.name);
  if (name !== null && node.initializer) nameValue(names, node.initializer, `${className}#${name}`);
}

// --- internal ---

function nameAssignment(names: FunctionNames, node: ts.BinaryExpression): void {
  const target = dottedName(node.left);
  if (target === null) return;
  const name = commonJsName(target) ?? target.replace(".prototype.", "#");
  nameValue(names, node.right, name);
}

function nameValue(names: FunctionNames, value: ts.Expression, name: string): void {
  const inner = unwrap(value);
  if (isFunctionNode(inner)) names.set(inner, name);
  else if (ts.isObjectLiteralExpression(inner)) nameMembers(names, inner, `${name}.`);
  else if (ts.isCallExpression(inner)) {
    for (const argument of inner.arguments) if (isFunctionNode(argument)) names.set(argument, name);
  } else if (ts.isBinaryExpression(inner) && isAssignment(inner)) nameValue(names, inner.right, name);
}

function nameMembers(names: FunctionNames, object: ts.ObjectLiteralExpression, prefix: string): void {
  for (const property of object.properties) {
    const name = property.name ? propertyName(property.name) : null;
    if (name === null) continue;
    if (ts.isMethodDeclaration(property)) names.set(property, `${prefix}${name}`);
    else if (ts.isPropertyAssignment(property)) nameValue(names, property.initializer, `${prefix}${name}`);
  }
}
