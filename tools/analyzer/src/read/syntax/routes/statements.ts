import type { Expr, Step } from "../../../routing-code.ts";
import { ts } from "../compiler.ts";
import { propertyName } from "../nodes.ts";
import { readClassCode } from "./classes.ts";
import type { CodeReader } from "./code-reader.ts";
import { readExpr, readPattern } from "./expressions.ts";
import { readFunction } from "./functions.ts";

/** Statements in the order in which they take effect: functions and classes exist before the first one runs. */
export function readSteps(reader: CodeReader, statements: readonly ts.Statement[]): Step[] {
  const hoisted = statements.filter((node) => ts.isFunctionDeclaration(node));
  const others = statements.filter((node) => !ts.isFunctionDeclaration(node));
  return [...hoisted, ...others].flatMap((node) => readStatement(reader, node));
}

// --- internal ---

function readStatement(reader: CodeReader, node: ts.Statement): Step[] {
  if (ts.isExpressionStatement(node)) return [{ do: "run", value: readExpr(reader, node.expression) }];
  if (ts.isVariableStatement(node)) return readDeclarations(reader, node.declarationList);
  if (ts.isFunctionDeclaration(node)) return readFunctionDeclaration(reader, node);
  if (ts.isClassDeclaration(node)) return readClassDeclaration(reader, node);
  if (ts.isReturnStatement(node)) return node.expression ? [give(readExpr(reader, node.expression))] : [];
  if (ts.isExportAssignment(node)) return [exported("default", readExpr(reader, node.expression, "default"))];
  if (ts.isEnumDeclaration(node)) return [readEnum(reader, node)];
  return readNested(reader, node);
}

// Which branch is taken, and whether something is thrown, is known only at run time: all of them are.
function readNested(reader: CodeReader, node: ts.Statement): Step[] {
  if (ts.isBlock(node)) return readSteps(reader, node.statements);
  if (ts.isIfStatement(node)) {
    const otherwise = node.elseStatement ? readStatement(reader, node.elseStatement) : [];
    return [...readStatement(reader, node.thenStatement), ...otherwise];
  }
  if (ts.isForOfStatement(node) || ts.isForInStatement(node)) return readLoop(reader, node);
  if (ts.isForStatement(node) || ts.isWhileStatement(node)) return readStatement(reader, node.statement);
  if (ts.isTryStatement(node)) {
    return [...readSteps(reader, node.tryBlock.statements), ...readSteps(reader, node.finallyBlock?.statements ?? [])];
  }
  if (ts.isSwitchStatement(node))
    return node.caseBlock.clauses.flatMap((clause) => readSteps(reader, clause.statements));
  return [];
}

function readDeclarations(reader: CodeReader, list: ts.VariableDeclarationList): Step[] {
  return list.declarations.map((declaration): Step => {
    const name = ts.isIdentifier(declaration.name) ? declaration.name.text : null;
    const value = declaration.initializer ? readExpr(reader, declaration.initializer, name) : null;
    return { do: "let", to: readPattern(reader, declaration.name), value };
  });
}

function readFunctionDeclaration(reader: CodeReader, node: ts.FunctionDeclaration): Step[] {
  if (!node.body) return [];
  const name = node.name?.text ?? "default";
  const value: Expr = { is: "function", function: readFunction(reader, node, name) };
  return [{ do: "let", to: { name }, value }, ...defaultExport(node, name)];
}

function readClassDeclaration(reader: CodeReader, node: ts.ClassDeclaration): Step[] {
  const name = node.name?.text ?? "default";
  const value: Expr = { is: "class", class: readClassCode(reader, node, name) };
  return [{ do: "let", to: { name }, value }, ...defaultExport(node, name)];
}

function defaultExport(node: ts.FunctionDeclaration | ts.ClassDeclaration, name: string): Step[] {
  const isDefault = node.modifiers?.some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword);
  return isDefault ? [exported("default", { is: "name", name })] : [];
}

function readEnum(reader: CodeReader, node: ts.EnumDeclaration): Step {
  const fields = node.members.map((member): { key: Expr; value: Expr } => ({
    key: { is: "text", text: propertyName(member.name) ?? "" },
    value: member.initializer ? readExpr(reader, member.initializer) : { is: "unknown" },
  }));
  return { do: "let", to: { name: node.name.text }, value: { is: "record", fields } };
}

function readLoop(reader: CodeReader, node: ts.ForOfStatement | ts.ForInStatement): Step[] {
  if (!ts.isVariableDeclarationList(node.initializer)) return readStatement(reader, node.statement);
  const [variable] = node.initializer.declarations;
  if (!variable) return [];
  const over = readExpr(reader, node.expression);
  return [
    {
      do: "each",
      to: readPattern(reader, variable.name),
      of: ts.isForOfStatement(node) ? over : keysOf(over),
      body: readStatement(reader, node.statement),
    },
  ];
}

function keysOf(of: Expr): Expr {
  const keys: Expr = { is: "member", of: { is: "name", name: "Object" }, name: "keys" };
  return { is: "call", callee: keys, args: [of], line: 0, isNew: false };
}

function give(value: Expr): Step {
  return { do: "return", value };
}

function exported(name: string, value: Expr): Step {
  const to: Expr = { is: "member", of: { is: "name", name: "exports" }, name };
  return { do: "run", value: { is: "assign", to, value } };
}
