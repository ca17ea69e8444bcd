import type { Expr, Pattern } from "../../../routing-code.ts";
import { ts } from "../compiler.ts";
import { dottedName, propertyName, unwrap } from "../nodes.ts";
import { readClassCode } from "./classes.ts";
import type { CodeReader } from "./code-reader.ts";
import { readFunction } from "./functions.ts";

/** An expression in its reduced form. `name` is what the value is going to be called, for functions without a name. */
export function readExpr(reader: CodeReader, node: ts.Expression, name: string | null = null): Expr {
  const inner = unwrap(node);
  const read = READERS[inner.kind];
  if (!read || reader.depth >= LONGEST_CHAIN) return UNKNOWN;
  reader.depth += 1;
  const expr = read(reader, inner as never, name);
  reader.depth -= 1;
  return expr;
}

/** The left side of a declaration, a parameter or a loop. */
export function readPattern(reader: CodeReader, name: ts.BindingName): Pattern {
  if (ts.isIdentifier(name)) return { name: name.text };
  const rest = name.elements.find((element) => ts.isBindingElement(element) && element.dotDotDotToken);
  const restName = rest && ts.isBindingElement(rest) && ts.isIdentifier(rest.name) ? rest.name.text : null;
  if (ts.isArrayBindingPattern(name)) {
    const items = name.elements.filter((element) => element !== rest);
    return {
      items: items.map((element) => (ts.isBindingElement(element) ? readPattern(reader, element.name) : null)),
      rest: restName,
    };
  }
  const fields = name.elements.filter((element) => element !== rest);
  return { fields: fields.map((element) => readField(reader, element)), rest: restName };
}

// --- internal ---

type Reader = (reader: CodeReader, node: never, name: string | null) => Expr;

const UNKNOWN: Expr = { is: "unknown" };

/** Chains of calls and sums lie in one another; what is longer was generated. */
const LONGEST_CHAIN = 1000;

const { SyntaxKind } = ts;

const READERS: Partial<Record<ts.SyntaxKind, Reader>> = {
  [SyntaxKind.StringLiteral]: (_, node: ts.StringLiteral) => ({ is: "text", text: node.text }),
  [SyntaxKind.NoSubstitutionTemplateLiteral]: (_, node: ts.StringLiteralLike) => ({ is: "text", text: node.text }),
  [SyntaxKind.NumericLiteral]: (_, node: ts.NumericLiteral) => ({ is: "number", number: Number(node.text) }),
  [SyntaxKind.TrueKeyword]: () => ({ is: "flag", flag: true }),
  [SyntaxKind.FalseKeyword]: () => ({ is: "flag", flag: false }),
  [SyntaxKind.TemplateExpression]: readTemplate,
  [SyntaxKind.Identifier]: (_, node: ts.Identifier) => ({ is: "name", name: node.text }),
  [SyntaxKind.ThisKeyword]: () => ({ is: "this" }),
  [SyntaxKind.SuperKeyword]: () => ({ is: "super" }),
  [SyntaxKind.MetaProperty]: () => ({ is: "name", name: "import.meta" }),
  [SyntaxKind.PropertyAccessExpression]: (reader, node: ts.PropertyAccessExpression) => ({
    is: "member",
    of: readExpr(reader, node.expression),
    name: node.name.text,
  }),
  [SyntaxKind.ElementAccessExpression]: (reader, node: ts.ElementAccessExpression) => ({
    is: "element",
    of: readExpr(reader, node.expression),
    key: readExpr(reader, node.argumentExpression),
  }),
  [SyntaxKind.CallExpression]: readCall,
  [SyntaxKind.NewExpression]: readNew,
  [SyntaxKind.ArrayLiteralExpression]: (reader, node: ts.ArrayLiteralExpression) =>
    nested(reader, () => ({ is: "list", items: node.elements.map((element) => readExpr(reader, element)) })),
  [SyntaxKind.SpreadElement]: (reader, node: ts.SpreadElement) => ({
    is: "spread",
    of: readExpr(reader, node.expression),
  }),
  [SyntaxKind.ObjectLiteralExpression]: readRecord,
  [SyntaxKind.ArrowFunction]: readFunctionValue,
  [SyntaxKind.FunctionExpression]: readFunctionValue,
  [SyntaxKind.ClassExpression]: (reader, node: ts.ClassExpression, name) => ({
    is: "class",
    class: readClassCode(reader, node, node.name?.text ?? name ?? "default"),
  }),
  [SyntaxKind.ConditionalExpression]: (reader, node: ts.ConditionalExpression) =>
    choice([readExpr(reader, node.whenTrue), readExpr(reader, node.whenFalse)], false),
  [SyntaxKind.BinaryExpression]: readBinary,
};

function readTemplate(reader: CodeReader, node: ts.TemplateExpression): Expr {
  const parts: Expr[] = [{ is: "text", text: node.head.text }];
  for (const span of node.templateSpans) {
    parts.push(readExpr(reader, span.expression), { is: "text", text: span.literal.text });
  }
  return { is: "template", parts };
}

function readCall(reader: CodeReader, node: ts.CallExpression, name: string | null): Expr {
  const callee = unwrap(node.expression);
  const [first] = node.arguments;
  const requires = callee.kind === SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === "require");
  if (requires && first && ts.isStringLiteralLike(first)) return { is: "require", specifier: first.text };
  return {
    is: "call",
    callee: readExpr(reader, callee),
    args: node.arguments.map((argument) => readExpr(reader, argument, name)),
    line: reader.lineOf(ts.isPropertyAccessExpression(callee) && first ? first : node),
    isNew: false,
  };
}

function readNew(reader: CodeReader, node: ts.NewExpression): Expr {
  return {
    is: "call",
    callee: readExpr(reader, node.expression),
    args: (node.arguments ?? []).map((argument) => readExpr(reader, argument)),
    line: reader.lineOf(node),
    isNew: true,
  };
}

function readRecord(reader: CodeReader, node: ts.ObjectLiteralExpression, name: string | null): Expr {
  return nested(reader, () => ({
    is: "record",
    fields: node.properties.map((property) => readProperty(reader, property, name)),
  }));
}

/** No table of routes is as deep; what is, was generated and may have megabytes. */
const DEEPEST = 8;

function nested(reader: CodeReader, read: () => Expr): Expr {
  if (reader.nesting >= DEEPEST) return UNKNOWN;
  reader.nesting += 1;
  const expr = read();
  reader.nesting -= 1;
  return expr;
}

type RecordField = { key: Expr | null; value: Expr };

function readProperty(reader: CodeReader, property: ts.ObjectLiteralElementLike, owner: string | null): RecordField {
  if (ts.isSpreadAssignment(property)) return { key: null, value: readExpr(reader, property.expression) };
  const key = readKey(reader, property.name);
  const own = key.is === "text" ? (owner === null || owner === "default" ? key.text : `${owner}.${key.text}`) : null;
  if (ts.isShorthandPropertyAssignment(property)) {
    return { key, value: { is: "name", name: property.name.text } };
  }
  if (ts.isPropertyAssignment(property)) return { key, value: readExpr(reader, property.initializer, own) };
  if (ts.isMethodDeclaration(property)) {
    return { key, value: { is: "function", function: readFunction(reader, property, own) } };
  }
  return { key, value: UNKNOWN };
}

function readKey(reader: CodeReader, name: ts.PropertyName): Expr {
  if (ts.isComputedPropertyName(name)) return readExpr(reader, name.expression);
  const text = propertyName(name);
  return text === null ? UNKNOWN : { is: "text", text };
}

function readFunctionValue(
  reader: CodeReader,
  node: ts.ArrowFunction | ts.FunctionExpression,
  name: string | null,
): Expr {
  return { is: "function", function: readFunction(reader, node, name) };
}

function readBinary(reader: CodeReader, node: ts.BinaryExpression, name: string | null): Expr {
  const operator = node.operatorToken.kind;
  if (operator === SyntaxKind.EqualsToken) {
    const value = readExpr(reader, node.right, assignedName(node.left) ?? name);
    return { is: "assign", to: readExpr(reader, node.left), value };
  }
  const combine = OPERATORS[operator];
  return combine ? combine(readExpr(reader, node.left), readExpr(reader, node.right, name)) : UNKNOWN;
}

const OPERATORS: Partial<Record<ts.SyntaxKind, (left: Expr, right: Expr) => Expr>> = {
  [SyntaxKind.PlusToken]: (left, right) => ({ is: "template", parts: [left, right] }),
  [SyntaxKind.MinusToken]: (left, right) => ({ is: "minus", left, right }),
  [SyntaxKind.BarBarToken]: (left, right) => choice([left, right], true),
  [SyntaxKind.QuestionQuestionToken]: (left, right) => choice([left, right], true),
  [SyntaxKind.AmpersandAmpersandToken]: (_left, right) => choice([right], false),
};

// `exports.add = () => {}` names the function `add`, `Note.prototype.add` names it `Note#add`.
function assignedName(node: ts.Expression): string | null {
  const text = dottedName(node);
  if (text === null) return null;
  if (text === "module.exports" || text === "exports") return "default";
  return text.replace(/^(?:module\.)?exports\./, "").replace(".prototype.", "#");
}

function choice(options: Expr[], fallback: boolean): Expr {
  return { is: "choice", options, fallback };
}

function readField(reader: CodeReader, element: ts.BindingElement): { key: string; to: Pattern; default: Expr | null } {
  const own = ts.isIdentifier(element.name) ? element.name.text : "";
  const key = element.propertyName ? (propertyNameOf(element.propertyName) ?? "") : own;
  return {
    key,
    to: readPattern(reader, element.name),
    default: element.initializer ? readExpr(reader, element.initializer) : null,
  };
}

function propertyNameOf(name: ts.PropertyName): string | null {
  return ts.isComputedPropertyName(name) ? null : propertyName(name);
}
