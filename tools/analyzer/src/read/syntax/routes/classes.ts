import type { ClassCode, Decorator } from "../../../routing-code.ts";
import { ts } from "../compiler.ts";
import { dottedName, lastSegment, propertyName, typeName } from "../nodes.ts";
import type { CodeReader } from "./code-reader.ts";
import { readExpr } from "./expressions.ts";
import { readFunction } from "./functions.ts";

/** Adds a class to the file's code and returns its position there. */
export function readClassCode(reader: CodeReader, node: ts.ClassLikeDeclaration, name: string): number {
  const code: ClassCode = {
    name,
    line: reader.lineOf(node),
    base: null,
    create: null,
    parameterFields: [],
    fields: [],
    methods: [],
    decorators: readDecorators(reader, node),
  };
  const position = reader.code.classes.push(code) - 1;
  const extending = node.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword);
  if (extending?.types[0]) code.base = readExpr(reader, extending.types[0].expression);
  for (const member of node.members) readMember(reader, code, member);
  return position;
}

// --- internal ---

function readMember(reader: CodeReader, code: ClassCode, member: ts.ClassElement): void {
  if (ts.isConstructorDeclaration(member)) readConstructor(reader, code, member);
  else if (ts.isPropertyDeclaration(member)) readFieldOf(reader, code, member);
  else if (ts.isMethodDeclaration(member) || ts.isGetAccessor(member)) readMethod(reader, code, member);
}

function readConstructor(reader: CodeReader, code: ClassCode, node: ts.ConstructorDeclaration): void {
  if (!node.body) return;
  code.create = readFunction(reader, node, `${code.name}#constructor`);
  for (const parameter of node.parameters) {
    const field = ts.isParameterPropertyDeclaration(parameter, node) ? propertyName(parameter.name) : null;
    if (field !== null) code.parameterFields.push(field);
  }
}

function readFieldOf(reader: CodeReader, code: ClassCode, member: ts.PropertyDeclaration): void {
  const name = propertyName(member.name);
  if (name === null) return;
  code.fields.push({
    name,
    value: member.initializer ? readExpr(reader, member.initializer, `${code.name}#${name}`) : null,
    isStatic: isStatic(member),
    type: typeName(member.type),
  });
}

function readMethod(
  reader: CodeReader,
  code: ClassCode,
  member: ts.MethodDeclaration | ts.GetAccessorDeclaration,
): void {
  const name = propertyName(member.name);
  if (name === null || !member.body) return;
  code.methods.push({
    name,
    function: readFunction(reader, member, `${code.name}#${name}`),
    isStatic: isStatic(member),
    kind: ts.isGetAccessor(member) ? "get" : "method",
    decorators: readDecorators(reader, member),
  });
}

function isStatic(member: ts.PropertyDeclaration | ts.MethodDeclaration | ts.GetAccessorDeclaration): boolean {
  return member.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword) ?? false;
}

function readDecorators(reader: CodeReader, node: ts.HasDecorators): Decorator[] {
  return (ts.getDecorators(node) ?? []).flatMap(({ expression }) => {
    const call = ts.isCallExpression(expression) ? expression : null;
    const name = dottedName(call?.expression ?? expression);
    if (name === null) return [];
    const args = (call?.arguments ?? []).map((argument) => readExpr(reader, argument));
    return [{ name: lastSegment(name), args, line: reader.lineOf(expression) }];
  });
}
