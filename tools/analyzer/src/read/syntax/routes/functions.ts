import type { FunctionCode } from "../../../routing-code.ts";
import { ts } from "../compiler.ts";
import { typeName } from "../nodes.ts";
import type { CodeReader } from "./code-reader.ts";
import { readExpr, readPattern } from "./expressions.ts";
import { readSteps } from "./statements.ts";

type FunctionNode =
  | ts.ArrowFunction
  | ts.FunctionExpression
  | ts.FunctionDeclaration
  | ts.MethodDeclaration
  | ts.ConstructorDeclaration
  | ts.AccessorDeclaration;

/** Adds a function to the file's code and returns its position there. */
export function readFunction(reader: CodeReader, node: FunctionNode, name: string | null): number {
  const code: FunctionCode = {
    name,
    line: reader.lineOf(node),
    parameters: node.parameters.map((parameter) => ({
      to: readPattern(reader, parameter.name),
      default: parameter.initializer ? readExpr(reader, parameter.initializer) : null,
      type: typeName(parameter.type),
      rest: parameter.dotDotDotToken !== undefined,
    })),
    body: null,
    arrow: ts.isArrowFunction(node),
  };
  const position = reader.code.functions.push(code) - 1;
  if (node.body && !answersRequests(node)) code.body = readBody(reader, node.body);
  return position;
}

// --- internal ---

/** First parameters of what a framework calls for every request: such code sets up no routes. */
const REQUEST = /^_{0,2}(?:req|request|ctx|context|err|error)$/;

function answersRequests(node: FunctionNode): boolean {
  const [first] = node.parameters;
  return first !== undefined && ts.isIdentifier(first.name) && REQUEST.test(first.name.text);
}

function readBody(reader: CodeReader, body: ts.ConciseBody): FunctionCode["body"] {
  return ts.isBlock(body) ? readSteps(reader, body.statements) : [{ do: "return", value: readExpr(reader, body) }];
}
