import type { Text } from "../../source-facts.ts";
import { ts } from "./compiler.ts";
import { propertyName, unwrap } from "./nodes.ts";
import type { Recorder } from "./recorder.ts";
import type { Scope } from "./scope.ts";
import { readText, readTextMembers } from "./text.ts";

/**
 * The texts that belong to an enum or a class as such: `Status.Open`, `Notes.Events.CREATED`, and under
 * `getName()` what a static method without parameters gives back.
 */
export function staticTexts(
  recorder: Recorder,
  node: ts.EnumDeclaration | ts.ClassDeclaration,
  scope: Scope,
): Record<string, Text> {
  const found: Record<string, Text> = {};
  for (const member of node.members) {
    const name = member.name ? propertyName(member.name) : null;
    const value = ts.isEnumMember(member) ? member.initializer : staticValue(member);
    if (name === null || !value) continue;
    const text = readText(recorder.source, value, scope);
    if (text) found[ts.isMethodDeclaration(member) ? `${name}()` : name] = text;
    if (ts.isObjectLiteralExpression(value)) {
      const members = readTextMembers(recorder.source, value, scope);
      for (const [key, inner] of Object.entries(members)) found[`${name}.${key}`] = inner;
    }
  }
  return found;
}

// --- internal ---

function staticValue(member: ts.ClassElement): ts.Expression | null {
  if (!ts.canHaveModifiers(member)) return null;
  if (!member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)) return null;
  if (ts.isPropertyDeclaration(member)) return member.initializer ? unwrap(member.initializer) : null;
  const body = ts.isMethodDeclaration(member) || ts.isGetAccessor(member) ? member.body : undefined;
  const [only, ...others] = body?.statements ?? [];
  if (!only || others.length > 0 || !ts.isReturnStatement(only) || !only.expression) return null;
  return unwrap(only.expression);
}
