import type { AccessFact } from "../../../source-facts.ts";
import type { Chain } from "../chain.ts";
import { ts } from "../compiler.ts";
import { AFTER_STEPS } from "../knex-words.ts";
import { isFunctionNode, snippet, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import { nest, type Scope } from "../scope.ts";

export type Related = AccessFact["related"][number];
type Access = Pick<AccessFact, "mapper" | "model" | "mode" | "related" | "unsure" | "call" | "partial">;

/** Notes a query through a model, at the line where its chain of calls starts. */
export function addAccess(
  recorder: Recorder,
  scope: Scope,
  at: { start: ts.Node; whole: ts.Node },
  access: Access,
): void {
  recorder.facts.accesses.push({
    ...access,
    line: recorder.lineOf(at.start),
    in: scope.functionName,
    transaction: scope.transaction,
    code: snippet(recorder.source, at.whole),
  });
}

/** The same for a builder, whose arguments may hold subqueries: a query that reads there is a part of this one. */
export function addBuiltAccess(recorder: Recorder, scope: Scope, chain: Chain, access: Access): void {
  const outer = scope.access === null ? undefined : recorder.facts.accesses[scope.access];
  if (outer && outer.mapper === access.mapper && access.mode === "read") {
    const line = recorder.lineOf(chain.start);
    outer.related.push({ path: [], model: access.model, mode: "read", line });
    // What is reached along relations starts at the subquery's own model.
    outer.related.push(...access.related.map((related) => ({ ...related, model: related.model ?? access.model })));
    return;
  }
  addAccess(recorder, scope, { start: chain.start, whole: chain.steps.at(-1)?.node ?? chain.start }, access);
  const index = recorder.facts.accesses.length - 1;
  for (const step of chain.steps) {
    const inner = nest(scope, { access: AFTER_STEPS.has(step.name) ? null : index });
    for (const argument of step.args) {
      if (mayHoldQuery(argument) && !recorder.scopes.has(argument)) recorder.scopes.set(argument, inner);
    }
  }
}

// --- internal ---

function mayHoldQuery(argument: ts.Expression): boolean {
  const inner = unwrap(argument);
  return isFunctionNode(inner) || ts.isCallExpression(inner) || ts.isObjectLiteralExpression(inner);
}
