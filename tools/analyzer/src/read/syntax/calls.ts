import type { Chain } from "./chain.ts";
import { ts } from "./compiler.ts";
import { dottedName, firstSegment, unwrap } from "./nodes.ts";
import type { Recorder } from "./recorder.ts";
import { findBinding, isModuleName, type Scope } from "./scope.ts";

/** Calls of functions that may be found elsewhere: by imported or module name, through `this`, or on an instance. */
export function recordCalls(recorder: Recorder, chain: Chain, scope: Scope): void {
  const [first] = chain.steps;
  if (chain.head === null || !first) return;
  const name = first.name === "" ? chain.head : `${chain.head}.${first.name}`;
  const callee = calleeOf(recorder, name, scope);
  if (callee !== null) addCall(recorder, callee, first.node, scope);
  if (first.name !== "" && TAKES_FUNCTION.test(first.name)) recordPassedFunctions(recorder, first.node, scope);
}

// --- internal ---

// `knex.transaction(publish)`, `runInTransaction(publish)`
const TAKES_FUNCTION = /transact/i;

function recordPassedFunctions(recorder: Recorder, call: ts.CallExpression, scope: Scope): void {
  for (const argument of call.arguments) {
    const inner = unwrap(argument);
    const name = ts.isIdentifier(inner) || ts.isPropertyAccessExpression(inner) ? dottedName(inner) : null;
    const callee = name === null ? null : calleeOf(recorder, name, scope);
    if (callee === null) continue;
    const transaction = recorder.facts.transactions.push({
      line: recorder.lineOf(call),
      in: scope.functionName,
      code: callee,
    });
    addCall(recorder, callee, call, { ...scope, transaction: transaction - 1 });
  }
}

function addCall(recorder: Recorder, callee: string, node: ts.Node, scope: Scope): void {
  recorder.facts.calls.push({
    callee,
    line: recorder.lineOf(node),
    in: scope.functionName,
    transaction: scope.transaction,
  });
}

function calleeOf(recorder: Recorder, name: string, scope: Scope): string | null {
  const first = firstSegment(name);
  const rest = name.slice(first.length + 1);
  if (first === "this") return methodOf(recorder, rest, scope);
  const binding = findBinding(scope, first);
  if (binding?.kind === "instance") return rest === "" ? null : `${binding.type}#${rest}`;
  return isModuleName(scope, first) ? name : null;
}

// `this.add()` or `this.mailer.send()`
function methodOf(recorder: Recorder, path: string, scope: Scope): string | null {
  if (scope.className === null || path === "") return null;
  const field = firstSegment(path);
  if (field === path) return `${scope.className}#${path}`;
  const type = recorder.facts.classes.find((fact) => fact.name === scope.className)?.fields[field];
  return type === undefined ? null : `${type}#${path.slice(field.length + 1)}`;
}
