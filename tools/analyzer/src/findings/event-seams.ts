import { SHARED, type Contexts } from "../contexts/contexts.ts";
import type { Facts } from "../facts.ts";
import { pairEvents } from "../link/event-pairs.ts";
import type { Tear } from "./seams.ts";

/** From every place that sends something to every file that waits for it. */
export function eventSeams(facts: Facts, contexts: Contexts): Tear[] {
  return pairEvents(facts.events).map(({ emit, listen }): Tear => {
    const [from, to] = [contexts.files[emit.file] ?? SHARED, contexts.files[listen.file] ?? SHARED];
    const what = emit.name ?? "";
    return { file: emit.file, line: emit.line, kind: "event", from, to, what, target: listen.file, weight: 1 };
  });
}
