import type { EventFact, Text } from "../../../source-facts.ts";
import type { ts } from "../compiler.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";

/** Notes what is sent or waited for at a node. */
export function addEvents(
  recorder: Recorder,
  { role, mechanism }: Pick<EventFact, "role" | "mechanism">,
  names: readonly Text[],
  node: ts.Node,
  scope: Scope,
  sender: string | null = null,
): void {
  const line = recorder.lineOf(node);
  for (const name of names) {
    recorder.facts.events.push({ role, name, mechanism, line, in: scope.functionName ?? scope.className, sender });
  }
}
