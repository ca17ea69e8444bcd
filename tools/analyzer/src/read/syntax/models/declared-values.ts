import type { ModelRef } from "../../../source-facts.ts";
import type { Chain } from "../chain.ts";
import { ts } from "../compiler.ts";
import { dottedName, isFunctionNode, propertyName, unwrap } from "../nodes.ts";
import { isStatic } from "./class-values.ts";
import type { Recorder } from "../recorder.ts";
import { nest, type Scope } from "../scope.ts";
import { either, remember, rememberShape, typeRef } from "./type-refs.ts";
import { localValue, rowNamedLike, setLocalValue, valueOf } from "./values.ts";

/** Notes what a variable holds, for the code after it and, at the level of the module, for other files. */
export function rememberVariable(recorder: Recorder, node: ts.VariableDeclaration, scope: Scope): void {
  if (scope.parent === null && ts.isIdentifier(node.name)) rememberHolder(recorder, node.name.text, node.initializer);
  const declared = typeRef(node.type);
  const found = node.initializer ? valueOf(node.initializer, scope) : null;
  const value = declared && found ? either([declared, found]) : (declared ?? found);
  if (scope.parent !== null) {
    // The variable of a loop has its value already.
    if (!value && ts.isIdentifier(node.name) && localValue(node.name.text, scope)) return;
    const meant = ts.isIdentifier(node.name) && !declared ? orNamedLike(node.name.text, value) : value;
    if (meant) rememberPattern(node.name, meant, scope);
  } else if (value) rememberOfModule(recorder, node.name, value);
}

/** `for (const user of users)`: the variable holds what the list holds. */
export function rememberLoop(node: ts.ForOfStatement, scope: Scope): void {
  if (!ts.isVariableDeclarationList(node.initializer)) return;
  const value = valueOf(node.expression, scope);
  const [variable] = node.initializer.declarations;
  if (value && variable) rememberPattern(variable.name, value, scope);
}

/** Notes what the parameters of a function hold by their types, and `this` where the function is static. */
export function rememberParameters(recorder: Recorder, node: ts.SignatureDeclaration, inner: Scope): void {
  node.parameters.forEach((parameter, index) => {
    const element = index === 0 ? (recorder.elements.get(node) ?? null) : null;
    const value = typeRef(parameter.type) ?? element;
    if (value) rememberPattern(parameter.name, value, inner);
    else if (parameter.type && ts.isTypeLiteralNode(parameter.type)) {
      rememberLiteral(parameter.name, parameter.type, inner);
    } else if (!parameter.type && ts.isIdentifier(parameter.name)) {
      setLocalValue(inner, parameter.name.text, orNamedLike(parameter.name.text, null));
    }
  });
  if (inner.className !== null && ts.isMethodDeclaration(node) && isStatic(node)) {
    setLocalValue(inner, "this", { kind: "name", name: inner.className });
  }
}

/** `users.forEach((user) => ...)`: what the callback is called with. */
export function rememberElements(recorder: Recorder, chain: Chain, scope: Scope): void {
  for (const { name, node, args } of chain.steps) {
    if (name === "extend") rememberExtension(recorder, node, scope);
    const callback = args[0] && unwrap(args[0]);
    if (!callback || !isFunctionNode(callback) || !ITERATIONS.has(name) || callback.parameters.length === 0) continue;
    const callee = unwrap(node.expression);
    const value = ts.isPropertyAccessExpression(callee) ? valueOf(callee.expression, scope) : null;
    const list = value ?? (args[1] ? valueOf(args[1], scope) : null);
    if (list) recorder.elements.set(callback, list);
  }
}

/** Notes what a function gives back, as far as its type or a `return` of its own tells. */
export function rememberResultValue(
  recorder: Recorder,
  node: ts.Expression | ts.TypeNode | undefined,
  scope: Scope,
): void {
  const name = scope.depth === 1 ? scope.functionName : null;
  if (name === null || !node) return;
  const value = ts.isTypeNode(node) ? typeRef(node) : valueOf(node, scope);
  if (!value || value.kind === "name") return;
  const inStatic = localValue("this", scope)?.kind === "name";
  remember(recorder.facts.values, `${inStatic ? name.replace("#", ".") : name}()`, value);
}

/** Interfaces and type names. */
export function rememberType(recorder: Recorder, node: ts.Statement): void {
  const { values } = recorder.facts;
  if (ts.isInterfaceDeclaration(node)) {
    rememberShape(values, node.name.text, node.members);
    const [base] = node.heritageClauses?.flatMap((clause) => clause.types) ?? [];
    const of = base ? dottedName(base.expression) : null;
    if (of !== null) remember(values, `${node.name.text}:base`, { kind: "type", type: of, args: [] });
  } else if (ts.isTypeAliasDeclaration(node)) {
    if (ts.isTypeLiteralNode(node.type)) rememberShape(values, node.name.text, node.type.members);
    else remember(values, `${node.name.text}<>`, typeRef(node.type));
  }
}

/**
 * What `this` is in functions that are assigned to a model or a schema: `userSchema.methods.rename = function () {}`,
 * `userSchema.statics.active = ...`, `User.prototype.rename = ...`, `User.active = ...`.
 */
export function rememberSchemaMethod(recorder: Recorder, node: ts.BinaryExpression, scope: Scope): void {
  const value = unwrap(node.right);
  if (!ts.isFunctionExpression(value)) return;
  const [, owner, kind] =
    /^([\w$]+)(?:\.(statics|methods|prototype))?\.[\w$]+$/.exec(dottedName(node.left) ?? "") ?? [];
  if (owner === undefined || owner === "this" || owner === "exports" || owner === "module") return;
  const ofRow = kind === "methods" || kind === "prototype";
  const known = localValue(owner, scope) ?? { kind: "name" as const, name: owner };
  const inner = nest(scope);
  const name = known.kind === "name" ? known.name : owner;
  setLocalValue(inner, "this", ofRow ? { kind: "type", type: name, args: [] } : { kind: "name", name });
  recorder.scopes.set(value, inner);
}

// --- internal ---

// `export const users = getRepository(User)`, `const { User } = models`
function rememberOfModule({ facts }: Recorder, pattern: ts.BindingName, value: ModelRef): void {
  if (ts.isIdentifier(pattern)) {
    if (!isItself(value, pattern.text)) remember(facts.values, pattern.text, value);
  } else if (ts.isObjectBindingPattern(pattern)) {
    for (const { name, propertyName: renamed } of pattern.elements) {
      const key = propertyName(renamed && ts.isIdentifier(renamed) ? renamed : name);
      if (key !== null && ts.isIdentifier(name)) remember(facts.values, name.text, memberValue(value, key));
    }
  }
}

// `const models = { User, Post: BlogPost }`
function rememberHolder(recorder: Recorder, name: string, initializer: ts.Expression | undefined): void {
  const object = initializer && unwrap(initializer);
  if (!object || !ts.isObjectLiteralExpression(object)) return;
  for (const property of object.properties) {
    const key = property.name ? propertyName(property.name) : null;
    if (key === null || !/^[A-Z]/.test(key)) continue;
    const value = ts.isPropertyAssignment(property) ? dottedName(property.initializer) : key;
    if (value !== null) remember(recorder.facts.values, `${name}.${key}`, { kind: "name", name: value });
  }
}

// `getRepository(User).extend({ findActive() { return this.find() } })`
function rememberExtension(recorder: Recorder, node: ts.CallExpression, scope: Scope): void {
  const callee = unwrap(node.expression);
  const [methods] = node.arguments;
  const value = ts.isPropertyAccessExpression(callee) ? valueOf(callee.expression, scope) : null;
  if (!methods || !value || !ts.isObjectLiteralExpression(methods)) return;
  const inner = nest(scope);
  setLocalValue(inner, "this", value);
  recorder.scopes.set(methods, inner);
}

/** What a model may be called; the usual names of anything else are left out to save the trouble. */
const NOUN =
  /^(?!(?:req|res|next|err|error|ctx|cb|data|options|opts|args|result|value|key|name|item|index|acc|event)$)[a-z]\w{2,}$/;

const ITERATIONS = new Set([
  "map",
  "forEach",
  "filter",
  "find",
  "some",
  "every",
  "flatMap",
  "sort",
  "then",
  "tap",
  "each",
  "spread",
  "mapSeries",
  "findAllInBatches",
]);

function isItself(value: ModelRef, name: string): boolean {
  return value.kind === "name" && value.name === name;
}

// What is written down comes first; where that leads nowhere, the name may tell.
function orNamedLike(name: string, value: ModelRef | null): ModelRef | null {
  if (!NOUN.test(name) || value?.kind === "type") return value;
  return value ? { kind: "either", of: [value, rowNamedLike(name)] } : rowNamedLike(name);
}

function rememberPattern(pattern: ts.BindingName, value: ModelRef, scope: Scope): void {
  if (ts.isIdentifier(pattern)) return setLocalValue(scope, pattern.text, value);
  pattern.elements.forEach((element, index) => {
    if (!ts.isBindingElement(element)) return;
    if (ts.isArrayBindingPattern(pattern)) {
      rememberPattern(element.name, elementValue(value, index), scope);
      return;
    }
    const name = propertyName(
      element.propertyName && ts.isIdentifier(element.propertyName) ? element.propertyName : element.name,
    );
    if (name === null || element.dotDotDotToken) return;
    const taken = memberValue(value, name);
    rememberPattern(element.name, ts.isIdentifier(element.name) ? (orNamedLike(name, taken) ?? taken) : taken, scope);
  });
}

// `const [user, team] = await Promise.all([findUser(), findTeam()])`
function elementValue(value: ModelRef, index: number): ModelRef {
  return value.kind === "either" ? (value.of[index] ?? value) : value;
}

function memberValue(of: ModelRef, name: string): ModelRef {
  return of.kind === "name" ? { kind: "name", name: `${of.name}.${name}` } : { kind: "member", of, name };
}

// `({ user, team }: { user: User; team: Team })`
function rememberLiteral(pattern: ts.BindingName, type: ts.TypeLiteralNode, scope: Scope): void {
  if (!ts.isObjectBindingPattern(pattern)) return;
  for (const { name, propertyName: renamed } of pattern.elements) {
    const key = propertyName(renamed && ts.isIdentifier(renamed) ? renamed : name);
    const member = type.members.find((candidate) => candidate.name && propertyName(candidate.name) === key);
    const value = member && ts.isPropertySignature(member) ? typeRef(member.type) : null;
    if (value) rememberPattern(name, value, scope);
  }
}
