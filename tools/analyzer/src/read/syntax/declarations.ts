import { readChain } from "./chain.ts";
import { ts } from "./compiler.ts";
import { isDatabase } from "./knex-query.ts";
import { drizzleText } from "./models/drizzle-tables.ts";
import { dottedName, firstSegment, lastSegment, unwrap } from "./nodes.ts";
import type { Recorder } from "./recorder.ts";
import type { Binding, Scope } from "./scope.ts";
import { spellMembers, spellNew, spellType } from "./spelled-types.ts";
import { memberOf, spellValue } from "./spelled-values.ts";
import { staticTexts } from "./statics.ts";
import { spellTaken, takenNames } from "./taken-names.ts";
import { readText, readTextMembers } from "./text.ts";
import { opensTransactionWithoutCallback } from "./transactions.ts";

/** Makes the names that a list of statements declares known to a scope, before the statements are walked. */
export function declareStatements(recorder: Recorder, statements: readonly ts.Statement[], scope: Scope): void {
  for (const statement of statements) {
    if (ts.isVariableStatement(statement)) {
      for (const declaration of statement.declarationList.declarations) declareVariable(recorder, declaration, scope);
    } else if (isNamed(statement) && statement.name) {
      const members = ts.isFunctionDeclaration(statement) ? null : staticTexts(recorder, statement, scope);
      scope.bindings.set(statement.name.text, members ? { kind: "statics", members } : { kind: "opaque" });
    } else if (scope.parent === null) declareShape(recorder, statement);
  }
}

export function declareParameters(node: ts.SignatureDeclaration, scope: Scope): void {
  node.parameters.forEach((parameter, index) => {
    if (!ts.isIdentifier(parameter.name)) {
      for (const name of namesIn(parameter.name)) scope.bindings.set(name, { kind: "opaque" });
      declareTaken(parameter.name, (key) => spellTaken(parameter.type, key) ?? givenName(key, scope), scope);
      return;
    }
    scope.bindings.set(parameter.name.text, parameterBinding(parameter, index, scope));
  });
}

export function namesIn(pattern: ts.BindingName): string[] {
  if (ts.isIdentifier(pattern)) return [pattern.text];
  return pattern.elements.flatMap((element) => (ts.isBindingElement(element) ? namesIn(element.name) : []));
}

// --- internal ---

function declareVariable(recorder: Recorder, declaration: ts.VariableDeclaration, scope: Scope): void {
  const { name, initializer } = declaration;
  const isImport = initializer !== undefined && isRequire(unwrap(initializer));
  if (isImport && scope.parent === null) return; // an imported name belongs to the other file
  if (!ts.isIdentifier(name)) {
    for (const inner of namesIn(name)) scope.bindings.set(inner, { kind: "opaque" });
    const whole = initializer ? spellValue(initializer, scope) : null;
    if (whole !== null) declareTaken(name, (key) => memberOf(whole, key), scope);
    return;
  }
  scope.bindings.set(name.text, bindingOf(recorder, declaration, scope));
}

function isRequire(node: ts.Expression): boolean {
  if (ts.isPropertyAccessExpression(node)) return isRequire(unwrap(node.expression));
  return ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === "require";
}

function bindingOf(recorder: Recorder, declaration: ts.VariableDeclaration, scope: Scope): Binding {
  const { initializer } = declaration;
  const type = spellType(declaration.type);
  if (!initializer) return knownAs(type);
  const value = unwrap(initializer);
  if (ts.isNewExpression(value)) return instanceOf(value);
  if (ts.isObjectLiteralExpression(value)) {
    return { kind: "texts", members: readTextMembers(recorder.source, value, scope), node: value };
  }
  if (ts.isArrayLiteralExpression(value)) return { kind: "list", node: value };
  if (ts.isCallExpression(value)) {
    const table = drizzleText(recorder, value, scope);
    if (table) return { kind: "text", text: table };
    const result = callResult(value, scope);
    return result.kind === "opaque" ? knownAs(type ?? spellValue(value, scope)) : result;
  }
  const text = readText(recorder.source, value, scope);
  if (text) return { kind: "text", text };
  return knownAs(type ?? (ts.isPropertyAccessExpression(value) || isThis(value) ? spellValue(value, scope) : null));
}

function isThis(node: ts.Expression): boolean {
  return firstSegment(dottedName(node) ?? "") === "this";
}

function knownAs(type: string | null): Binding {
  return type === null ? { kind: "opaque" } : typed(type);
}

function instanceOf(node: ts.NewExpression): Binding {
  const type = spellNew(node);
  return type === null ? { kind: "opaque" } : { kind: "instance", type };
}

function declareShape(recorder: Recorder, node: ts.Statement): void {
  const members = ts.isInterfaceDeclaration(node)
    ? node.members
    : ts.isTypeAliasDeclaration(node) && ts.isTypeLiteralNode(node.type)
      ? node.type.members
      : [];
  const types = spellMembers(members);
  if (Object.keys(types).length > 0) recorder.facts.shapes[(node as ts.InterfaceDeclaration).name.text] = types;
}

function declareTaken(pattern: ts.BindingName, typeOf: (key: string) => string | null, scope: Scope): void {
  for (const { key, local } of takenNames(pattern)) {
    const type = typeOf(key);
    if (type !== null) scope.bindings.set(local, typed(type));
  }
}

// A function that a container calls gets by name what it takes apart; which functions these are, only linking can tell.
function givenName(key: string, scope: Scope): string | null {
  const name = scope.depth === 1 ? scope.functionName : null;
  if (name === null || (name.includes("#") && !name.endsWith("#constructor"))) return null;
  return `given:${name}:${key}`;
}

function callResult(call: ts.CallExpression, scope: Scope): Binding {
  const chain = readChain(call);
  const name = chain.head ?? "";
  if (/^(?:knex|Knex)$/.test(name) && chain.steps.length === 1 && chain.steps[0]?.name === "" && !isTextArgument(call))
    return { kind: "database" };
  return opensTransactionWithoutCallback(chain) && isDatabase(scope, name) ? { kind: "database" } : { kind: "opaque" };
}

function isTextArgument(call: ts.CallExpression): boolean {
  const [argument] = call.arguments;
  return argument !== undefined && ts.isStringLiteralLike(argument);
}

// A default is only one of the values a parameter can have, so it tells nothing.
function parameterBinding(parameter: ts.ParameterDeclaration, index: number, scope: Scope): Binding {
  const isHost = !parameter.type && scope.depth === 1 && scope.functionName === "default";
  return knownAs(isHost ? `host:${index}` : spellType(parameter.type));
}

function typed(type: string): Binding {
  return /^(?:Knex|Transaction|QueryBuilder)$/.test(lastSegment(type)) || type.startsWith("Knex.")
    ? { kind: "database" }
    : { kind: "instance", type };
}

function isNamed(node: ts.Statement): node is ts.FunctionDeclaration | ts.ClassDeclaration | ts.EnumDeclaration {
  return ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isEnumDeclaration(node);
}
