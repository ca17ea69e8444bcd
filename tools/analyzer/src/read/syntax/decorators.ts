import { ts } from "./compiler.ts";
import { dottedName, lastSegment } from "./nodes.ts";

/** The first decorator of a node that is called and has one of these names, or null. */
export function decoratorCall(node: ts.Node, names: ReadonlySet<string>): ts.CallExpression | null {
  if (!ts.canHaveDecorators(node) || !node.modifiers) return null;
  for (const { expression } of ts.getDecorators(node) ?? []) {
    const name = ts.isCallExpression(expression) ? dottedName(expression.expression) : null;
    if (name !== null && names.has(lastSegment(name))) return expression as ts.CallExpression;
  }
  return null;
}
