import type { ClassFact } from "../../source-facts.ts";
import { ts } from "./compiler.ts";
import { dottedName, propertyName, typeName, unwrap } from "./nodes.ts";
import { isAssignment } from "./exports.ts";

/** A class with the types of its fields, as far as they are written down: what `this.mailer.send()` calls. */
export function readClass(node: ts.ClassLikeDeclaration, name: string): ClassFact {
  const fields: Record<string, string> = {};
  for (const member of node.members) {
    if (ts.isPropertyDeclaration(member)) addField(fields, propertyName(member.name), fieldType(member));
    if (ts.isConstructorDeclaration(member)) Object.assign(fields, constructorFields(member));
  }
  const extending = node.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword);
  const base = extending?.types[0] ? dottedName(extending.types[0].expression) : null;
  return { name, base, fields };
}

// --- internal ---

function addField(fields: Record<string, string>, name: string | null, type: string | null): void {
  if (name !== null && type !== null) fields[name] = type;
}

function fieldType(member: ts.PropertyDeclaration): string | null {
  const value = member.initializer && unwrap(member.initializer);
  return typeName(member.type) ?? (value && ts.isNewExpression(value) ? dottedName(value.expression) : null);
}

function constructorFields(node: ts.ConstructorDeclaration): Record<string, string> {
  const fields: Record<string, string> = {};
  const parameters = new Map<string, string>();
  for (const parameter of node.parameters) {
    const name = propertyName(parameter.name);
    const type = typeName(parameter.type);
    if (name === null || type === null) continue;
    parameters.set(name, type);
    if (ts.isParameterPropertyDeclaration(parameter, node)) fields[name] = type;
  }
  for (const statement of node.body?.statements ?? []) {
    const assigned = assignedField(statement, parameters);
    if (assigned && fields[assigned.name] === undefined) fields[assigned.name] = assigned.type;
  }
  return fields;
}

// `this.mailer = mailer` or `this.mailer = new Mailer()`
function assignedField(node: ts.Statement, parameters: Map<string, string>): { name: string; type: string } | null {
  if (!ts.isExpressionStatement(node) || !isAssignment(node.expression)) return null;
  const target = dottedName(node.expression.left);
  const value = unwrap(node.expression.right);
  if (!target?.startsWith("this.")) return null;
  const type = ts.isNewExpression(value) ? dottedName(value.expression) : parameters.get(dottedName(value) ?? "");
  return type ? { name: target.slice("this.".length), type } : null;
}
