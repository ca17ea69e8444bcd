import type { ClassFact, Text } from "../../source-facts.ts";
import { ts } from "./compiler.ts";
import { decoratorCall } from "./decorators.ts";
import { isAssignment } from "./exports.ts";
import { dottedName, propertyName, unwrap } from "./nodes.ts";
import type { Recorder } from "./recorder.ts";
import type { Scope } from "./scope.ts";
import { spellNew, spellType } from "./spelled-types.ts";
import { spellTaken, takenNames } from "./taken-names.ts";
import { readToken } from "./tokens.ts";
import { recordTakenNames } from "./wiring.ts";

/**
 * A class with the types of its fields, as far as they are written down: what `this.mailer.send()` calls. What its
 * constructor takes by name is noted as asked for.
 */
export function recordClass(recorder: Recorder, node: ts.ClassLikeDeclaration, name: string, scope: Scope): void {
  const fact: ClassFact = {
    name,
    line: recorder.lineOf(node),
    base: heritage(node, ts.SyntaxKind.ExtendsKeyword)[0] ?? null,
    implements: heritage(node, ts.SyntaxKind.ImplementsKeyword),
    fields: {},
    injected: {},
  };
  for (const member of node.members) {
    if (ts.isPropertyDeclaration(member)) addProperty(recorder, fact, member, scope);
    if (ts.isConstructorDeclaration(member)) addConstructor(recorder, fact, member, scope);
  }
  recorder.facts.classes.push(fact);
}

// --- internal ---

/** What is known of a constructor's parameter, or of a name taken out of one. */
type Given = { type: string | null; token: Text | null };

const INJECT = new Set(["Inject", "inject"]);

function heritage(node: ts.ClassLikeDeclaration, token: ts.SyntaxKind): string[] {
  const clause = node.heritageClauses?.find((candidate) => candidate.token === token);
  return (clause?.types ?? []).flatMap((type) => dottedName(type.expression) ?? []);
}

function addProperty(recorder: Recorder, fact: ClassFact, member: ts.PropertyDeclaration, scope: Scope): void {
  const name = propertyName(member.name);
  if (name === null) return;
  const type = spellType(member.type) ?? (member.initializer ? spellNew(member.initializer) : null);
  const isStatic = member.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword);
  if (isStatic && type !== null && scope.depth === 0) recorder.facts.instances[`${fact.name}.${name}`] = type;
  addField(fact, name, { type, token: injectedToken(recorder, member, scope) });
}

function addField(fact: ClassFact, name: string, given: Given): void {
  if (given.type !== null) fact.fields[name] ??= given.type;
  if (given.token) fact.injected[name] ??= given.token;
}

function injectedToken(recorder: Recorder, node: ts.Node, scope: Scope): Text | null {
  const [token] = decoratorCall(node, INJECT)?.arguments ?? [];
  return token ? readToken(recorder, token, scope) : null;
}

function addConstructor(recorder: Recorder, fact: ClassFact, node: ts.ConstructorDeclaration, scope: Scope): void {
  const given = new Map<string, Given>();
  for (const parameter of node.parameters) {
    for (const [name, known] of givenBy(recorder, parameter, scope)) {
      given.set(name, known);
      if (ts.isParameterPropertyDeclaration(parameter, node)) addField(fact, name, known);
    }
    recordTakenNames(recorder, parameter, `${fact.name}#constructor`);
  }
  for (const statement of node.body?.statements ?? []) {
    const assigned = assignedField(statement, given);
    if (assigned) addField(fact, assigned.name, assigned.given);
  }
}

function givenBy(recorder: Recorder, parameter: ts.ParameterDeclaration, scope: Scope): [string, Given][] {
  const { name, type } = parameter;
  if (ts.isIdentifier(name)) {
    const token = injectedToken(recorder, parameter, scope) ?? (type ? null : [name.text]);
    return [[name.text, { type: spellType(type), token }]];
  }
  return takenNames(name).map(({ key, local }) => [local, { type: spellTaken(type, key), token: [key] }]);
}

// `this.mailer = mailer`, `this.mailer = new Mailer()`, `this.mailer = container.mailer`
function assignedField(node: ts.Statement, given: ReadonlyMap<string, Given>): { name: string; given: Given } | null {
  if (!ts.isExpressionStatement(node) || !isAssignment(node.expression)) return null;
  const target = dottedName(node.expression.left);
  const value = unwrap(node.expression.right);
  if (!target?.startsWith("this.")) return null;
  const name = target.slice("this.".length);
  if (ts.isNewExpression(value)) return { name, given: { type: spellNew(value), token: null } };
  const source = dottedName(value) ?? "";
  const known = given.get(source) ?? memberOf(given, source);
  return known ? { name, given: known } : null;
}

function memberOf(given: ReadonlyMap<string, Given>, source: string): Given | null {
  const [object = "", key, ...rest] = source.split(".");
  const whole = given.get(object);
  if (!whole || key === undefined || rest.length > 0) return null;
  return { type: whole.type === null ? null : `${whole.type}#${key}`, token: whole.type === null ? [key] : null };
}
