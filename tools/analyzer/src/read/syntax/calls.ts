import type { Chain } from "./chain.ts";
import { ts } from "./compiler.ts";
import { dottedName, firstSegment, unwrap } from "./nodes.ts";
import type { Recorder } from "./recorder.ts";
import { findBinding, type Scope } from "./scope.ts";
import { requiredModule, spellCallee, spellValue } from "./spelled-values.ts";

/** Calls of functions that may be found elsewhere: by imported or module name, through `this`, or on an instance. */
export function recordCalls(recorder: Recorder, chain: Chain, scope: Scope): void {
  const [first] = chain.steps;
  if (!first) return;
  for (const [index, step] of chain.steps.slice(0, MOST_STEPS).entries()) {
    if (index > 0 && BUILT_IN.has(step.name)) break;
    if (requiredModule(step.node) !== null) continue;
    const callee = spellCallee(step.node, scope);
    if (callee !== null) addCall(recorder, callee, step.node, scope);
    // `knex("notes").where(...)` and its like build something; they do not call into other files.
    if (callee === null || (step.name === "" && step.args[0] && ts.isStringLiteralLike(step.args[0]))) break;
  }
}

/** `new Note()` runs its constructor. */
export function recordConstruction(recorder: Recorder, node: ts.NewExpression, scope: Scope): void {
  const name = dottedName(node.expression);
  if (name !== null && findBinding(scope, firstSegment(name))?.kind !== "opaque") {
    addCall(recorder, `${name}#constructor`, node, scope);
  }
}

/** The function that an argument names, spelled like a callee; null where it names none. */
export function passedFunction(argument: ts.Expression, scope: Scope): string | null {
  const inner = unwrap(argument);
  if (!ts.isIdentifier(inner) && !ts.isPropertyAccessExpression(inner)) return null;
  const spelled = spellValue(inner, scope);
  if (spelled === null) return null;
  return spelled.startsWith("typeof ") ? spelled.slice("typeof ".length) : spelled.includes("#") ? spelled : null;
}

export function addCall(recorder: Recorder, callee: string, node: ts.Node, scope: Scope): void {
  recorder.facts.calls.push({
    callee,
    line: recorder.lineOf(node),
    in: scope.functionName,
    transaction: scope.transaction,
  });
}

// --- internal ---

/** How far `notes.inside(trx).find().first()` is followed from one result to the next. */
const MOST_STEPS = 4;

/** Members that only the language's own values have. */
const BUILT_IN = new Set(
  "then catch finally map filter forEach reduce join split push slice concat includes toString bind call apply".split(
    " ",
  ),
);
