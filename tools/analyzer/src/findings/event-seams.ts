import { SHARED, type Contexts } from "../contexts/contexts.ts";
import type { EventUse, Facts } from "../facts.ts";
import type { Tear } from "./seams.ts";

/** From every sender of an event to every file that waits for it. */
export function eventSeams(facts: Facts, contexts: Contexts): Tear[] {
  const listeners = new Map<string, EventUse[]>();
  for (const use of facts.events) {
    if (use.role === "listen") listeners.set(channelOf(use), [...(listeners.get(channelOf(use)) ?? []), use]);
  }
  return facts.events
    .filter(({ role, name }) => role === "emit" && name !== null)
    .flatMap((emit) =>
      (listeners.get(channelOf(emit)) ?? []).map(({ file }): Tear => {
        const [from, to] = [contexts.files[emit.file] ?? SHARED, contexts.files[file] ?? SHARED];
        const what = emit.name ?? "";
        return { file: emit.file, line: emit.line, kind: "event", from, to, what, target: file, weight: 1 };
      }),
    );
}

// --- internal ---

function channelOf({ mechanism, name }: EventUse): string {
  return `${mechanism}\0${name}`;
}
