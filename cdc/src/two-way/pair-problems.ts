import type { Contradiction, PlannedStream } from "../plan/contradictions.ts";
import { agree } from "./conflict-policy.ts";

/** What is wrong with streams that say that they are two ways of one. Pure. */
export function findPairProblems(streams: Readonly<Record<string, PlannedStream>>): Contradiction[] {
  return Object.entries(streams).flatMap(([name, stream]) => {
    const at = ["streams", name];
    if (stream.reverse === undefined) {
      if (stream.onConflict === undefined) return [];
      const reason = `"${name}" says what happens on a conflict, and only streams of two ways have any.`;
      return [
        { path: [...at, "onConflict"], reason, suggestion: "Name the other way under `reverse`, or take it out." },
      ];
    }
    return inPair(name, stream, stream.reverse, streams[stream.reverse]);
  });
}

// --- internal ---

function inPair(
  name: string,
  stream: PlannedStream,
  reverse: string,
  other: PlannedStream | undefined,
): Contradiction[] {
  const path = ["streams", name, "reverse"];
  if (other === undefined)
    return [{ path, reason: `"${name}" has "${reverse}" as its reverse, and there is no such stream.` }];
  if (other.reverse !== name) {
    const suggestion = `Say reverse: ${name} there.`;
    return [
      {
        path,
        reason: `"${name}" has "${reverse}" as its reverse, but "${reverse}" does not have "${name}" as its own.`,
        suggestion,
      },
    ];
  }
  if (other.source !== stream.target || other.target !== stream.source) {
    const reason = `"${reverse}" is no way back for "${name}": that goes from "${stream.source}" to "${stream.target}", and the way back from "${other.source}" to "${other.target}".`;
    return [{ path, reason }];
  }
  if (agree(stream.onConflict, other.onConflict)) return [];
  const reason = `"${name}" and "${reverse}" would settle a conflict differently (${stream.onConflict ?? "not at all"}, ${other.onConflict ?? "not at all"}), so the two sides would part.`;
  const suggestion = "Say newest or park on both, or source-wins on one and target-wins on the other.";
  return [{ path: ["streams", name, "onConflict"], reason, suggestion }];
}
