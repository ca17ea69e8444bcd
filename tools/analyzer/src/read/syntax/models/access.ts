import type { AccessFact } from "../../../source-facts.ts";
import type { ts } from "../compiler.ts";
import { snippet } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";

export type Related = AccessFact["related"][number];

/** Notes a query through a model, at the line where its chain of calls starts. */
export function addAccess(
  recorder: Recorder,
  scope: Scope,
  at: { start: ts.Node; whole: ts.Node },
  access: Pick<AccessFact, "mapper" | "model" | "mode" | "related" | "unsure" | "call" | "partial">,
): void {
  recorder.facts.accesses.push({
    ...access,
    line: recorder.lineOf(at.start),
    in: scope.functionName,
    transaction: scope.transaction,
    code: snippet(recorder.source, at.whole),
  });
}
