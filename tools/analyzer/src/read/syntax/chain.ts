import { ts } from "./compiler.ts";
import { dottedName, unwrap } from "./nodes.ts";

/** `knex('t').where(x).first()` as data: head `knex`, steps `""`, `where`, `first`. */
export type Chain = {
  /** The names before the first call; null where the chain starts with something else. */
  head: string | null;
  start: ts.Expression;
  steps: Step[];
};

/** One call of the chain; `name` is empty where the head itself is called. */
export type Step = { name: string; node: ts.CallExpression; args: readonly ts.Expression[] };

export function readChain(call: ts.CallExpression): Chain {
  const steps: Step[] = [];
  let current: ts.Expression = call;
  for (;;) {
    current = unwrap(current);
    if (!ts.isCallExpression(current)) break;
    const callee = unwrap(current.expression);
    if (ts.isPropertyAccessExpression(callee)) {
      steps.unshift({ name: callee.name.text, node: current, args: current.arguments });
      current = skipUncalledNames(callee.expression);
    } else {
      steps.unshift({ name: "", node: current, args: current.arguments });
      current = callee;
      break;
    }
  }
  return { head: dottedName(current), start: current, steps };
}

// --- internal ---

// In `knex('t').client.raw()` the member `client` is no step of its own; the call below it still belongs to the chain.
function skipUncalledNames(node: ts.Expression): ts.Expression {
  let inner = unwrap(node);
  while (ts.isPropertyAccessExpression(inner) && containsCall(inner)) inner = unwrap(inner.expression);
  return inner;
}

function containsCall(node: ts.Expression): boolean {
  const inner = unwrap(node);
  if (ts.isCallExpression(inner)) return true;
  return ts.isPropertyAccessExpression(inner) && containsCall(inner.expression);
}
