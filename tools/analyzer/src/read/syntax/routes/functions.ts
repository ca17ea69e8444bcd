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
    endLine: reader.endLineOf(node),
    parameters: node.parameters.map((parameter) => ({
      to: readPattern(reader, parameter.name),
      default: parameter.initializer ? readExpr(reader, parameter.initializer) : null,
      type: typeName(parameter.type),
      rest: parameter.dotDotDotToken !== undefined,
    })),
    body: null,
    setsUp: SETS_UP.test(reader.text.slice(node.pos, node.end)),
    arrow: ts.isArrowFunction(node),
  };
  const position = reader.code.functions.push(code) - 1;
  if (node.body && !answersRequests(node) && mayTouchRoutes(reader, node.body)) code.body = readBody(reader, node.body);
  return position;
}

// --- internal ---

/** First parameters of what a framework calls for every request: such code sets up no routes. */
const REQUEST = /^_{0,2}(?:req|request|ctx|context|err|error)$/;

function answersRequests(node: FunctionNode): boolean {
  const [first] = node.parameters;
  return first !== undefined && ts.isIdentifier(first.name) && REQUEST.test(first.name.text);
}

/** A short function may hand on what matters without a word of it. */
const SHORT = 200;

const TOUCHES_ROUTES =
  /[Rr]out|express|koa\b|fastify|Nest|\b[Aa]pp\b|[cC]ontrollers?\b|[pP]lugins?\b|[mM]odule|[hH]andler|prefix|mount|\.(?:get|post|put|patch|delete|del|all|head|options|use|register)\(/;

const SETS_UP =
  /[rR]outer|express|\b[kK]oa\b|[fF]astify|NestFactory|\bapp\.|[(,]\s*app\s*[,)]|\.(?:get|post|put|patch|delete|all|use|register|route)\(\s*["'`]\//;

function mayTouchRoutes(reader: CodeReader, body: ts.Node): boolean {
  return body.end - body.pos < SHORT || TOUCHES_ROUTES.test(reader.text.slice(body.pos, body.end));
}

function readBody(reader: CodeReader, body: ts.ConciseBody): FunctionCode["body"] {
  return ts.isBlock(body) ? readSteps(reader, body.statements) : [{ do: "return", value: readExpr(reader, body) }];
}
