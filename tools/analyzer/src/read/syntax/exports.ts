import type { ExportFact } from "../../source-facts.ts";
import { ts } from "./compiler.ts";
import { addImport, importedName } from "./imports.ts";
import { dottedName, propertyName, unwrap } from "./nodes.ts";
import type { Recorder } from "./recorder.ts";

/** Every form in which a statement of a module gives names away, ES modules and CommonJS. */
export function recordExportStatement(recorder: Recorder, node: ts.Statement): void {
  if (ts.isExportDeclaration(node)) recordExportDeclaration(recorder, node);
  else if (ts.isExportAssignment(node)) addExport(recorder, "default", dottedName(node.expression));
  else if (ts.isExpressionStatement(node)) recordCommonJsExport(recorder, node.expression);
  else if (hasModifier(node, ts.SyntaxKind.ExportKeyword)) recordDeclaration(recorder, node);
}

/** The object literal that a module gives away whole, whose members are its exports. */
export function exportedObject(node: ts.Statement): ts.ObjectLiteralExpression | null {
  const value = ts.isExportAssignment(node) ? node.expression : exportedValue(node);
  const inner = value && unwrap(value);
  return inner && ts.isObjectLiteralExpression(inner) ? inner : null;
}

/** The value of `module.exports = value`. */
export function exportedValue(node: ts.Statement): ts.Expression | null {
  if (!ts.isExpressionStatement(node) || !isAssignment(node.expression)) return null;
  return dottedName(node.expression.left) === "module.exports" ? lastValue(node.expression) : null;
}

/** `exports.name` or `module.exports.name`: the name. */
export function commonJsName(target: string | null): string | null {
  return /^(?:module\.)?exports\.([\w$]+)$/.exec(target ?? "")?.[1] ?? null;
}

export function isAssignment(node: ts.Expression): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}

/** Names of exports that were imported before: `import {a} from './a'; export {a}`. */
export function linkPassedOnNames(recorder: Recorder): void {
  const origin = new Map<string, { index: number; imported: string }>();
  recorder.facts.imports.forEach((statement, index) => {
    for (const name of statement.names) if (name.local) origin.set(name.local, { index, imported: name.imported });
  });
  for (const fact of recorder.facts.exports) {
    if (!fact.from && fact.local !== null) fact.from = origin.get(fact.local) ?? null;
  }
}

// --- internal ---

function recordExportDeclaration(recorder: Recorder, node: ts.ExportDeclaration): void {
  const clause = node.exportClause;
  const specifier = node.moduleSpecifier;
  const names =
    clause && ts.isNamedExports(clause)
      ? clause.elements.map((element) => ({
          name: element.name.text,
          imported: (element.propertyName ?? element.name).text,
          typeOnly: node.isTypeOnly || element.isTypeOnly,
        }))
      : [{ name: clause ? clause.name.text : "*", imported: "*", typeOnly: node.isTypeOnly }];
  if (!specifier) {
    for (const { name, imported } of names) addExport(recorder, name, imported);
    return;
  }
  const imports = names.map(({ imported, name, typeOnly }) => importedName(imported, name, typeOnly));
  const index = addImport(recorder, "reexport", specifier, node, imports);
  for (const { name, imported } of names) addExport(recorder, name, null, { index, imported });
}

function recordDeclaration(recorder: Recorder, node: ts.Statement): void {
  const isDefault = hasModifier(node, ts.SyntaxKind.DefaultKeyword);
  if (ts.isVariableStatement(node)) {
    for (const { name } of node.declarationList.declarations) {
      for (const bound of boundNames(name)) addExport(recorder, bound, bound);
    }
  } else if (isNamedDeclaration(node)) {
    const local = node.name?.text ?? null;
    addExport(recorder, isDefault ? "default" : (local ?? "default"), local);
  }
}

function recordCommonJsExport(recorder: Recorder, expression: ts.Expression): void {
  if (!isAssignment(expression)) return;
  const target = dottedName(expression.left);
  const value = lastValue(expression);
  recordMember(recorder, target, value);
  if (target !== "module.exports" && !(target === "exports" && ts.isIdentifier(expression.left))) return;

  addExport(recorder, "default", ts.isClassExpression(value) ? (value.name?.text ?? "default") : dottedName(value));
  const required =
    ts.isCallExpression(value) && ts.isIdentifier(value.expression) && value.expression.text === "require";
  const specifier = required ? value.arguments[0] : undefined;
  if (specifier && ts.isStringLiteral(specifier)) {
    recorder.done.add(value);
    const index = addImport(recorder, "reexport", specifier, value, [importedName("*", "*", false)]);
    addExport(recorder, "*", null, { index, imported: "*" });
  }
  if (ts.isObjectLiteralExpression(value)) recordMembers(recorder, value);
}

// `exports.add = ...`, and `Notes.add = ...` where `Notes` stands for the exports.
function recordMember(recorder: Recorder, target: string | null, value: ts.Expression): void {
  const [object = "", name, ...rest] = target?.split(".") ?? [];
  const added = name !== undefined && rest.length === 0 && recorder.exported.has(object) ? name : null;
  const member = commonJsName(target) ?? added;
  if (member === null) return;
  const module = recordRequiredModule(recorder, value);
  if (module) addExport(recorder, member, null, module);
  else addExport(recorder, member, dottedName(value) ?? (added === null ? member : target));
}

// `module.exports = { ...users, ...require('./tokens') }` passes on all that the others give away.
function recordSpread(recorder: Recorder, value: ts.Expression): void {
  const module = recordRequiredModule(recorder, value);
  if (module) addExport(recorder, "*", null, module);
  else if (ts.isIdentifier(value)) addExport(recorder, "*", value.text);
}

function recordMembers(recorder: Recorder, object: ts.ObjectLiteralExpression): void {
  for (const property of object.properties) {
    if (ts.isSpreadAssignment(property)) recordSpread(recorder, unwrap(property.expression));
    const name = property.name ? propertyName(property.name) : null;
    if (name === null) continue;
    const value = ts.isPropertyAssignment(property) ? unwrap(property.initializer) : null;
    const module = value && recordRequiredModule(recorder, value);
    if (module) addExport(recorder, name, null, module);
    else addExport(recorder, name, (value && dottedName(value)) ?? name);
  }
}

// `module.exports = { User: require("./user"), Team: require("./team").Team }`
function recordRequiredModule(recorder: Recorder, value: ts.Expression): ExportFact["from"] {
  const member = ts.isPropertyAccessExpression(value) ? value.name.text : null;
  const call = ts.isPropertyAccessExpression(value) ? unwrap(value.expression) : value;
  const isRequire = ts.isCallExpression(call) && ts.isIdentifier(call.expression) && call.expression.text === "require";
  const specifier = isRequire ? call.arguments[0] : undefined;
  if (!specifier || !ts.isStringLiteralLike(specifier)) return null;
  recorder.done.add(call);
  const imported = member ?? "*";
  return { index: addImport(recorder, "require", specifier, call, [importedName(imported, null, false)]), imported };
}

// `module.exports = exports = value` gives value away.
function lastValue(node: ts.BinaryExpression): ts.Expression {
  const value = unwrap(node.right);
  return isAssignment(value) ? lastValue(value) : value;
}

function addExport(recorder: Recorder, name: string, local: string | null, from: ExportFact["from"] = null): void {
  recorder.facts.exports.push({ name, local, from });
}

function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text];
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []));
}

type NamedDeclaration =
  | ts.FunctionDeclaration
  | ts.ClassDeclaration
  | ts.InterfaceDeclaration
  | ts.TypeAliasDeclaration
  | ts.EnumDeclaration
  | ts.ModuleDeclaration;

function isNamedDeclaration(node: ts.Statement): node is NamedDeclaration {
  return (
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isModuleDeclaration(node)
  );
}

function hasModifier(node: ts.Statement, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((modifier) => modifier.kind === kind);
}
