import { nearest } from "@strangler/platform";
import type { OwnWritesRule } from "./rule.ts";

/** What is wrong with a route's `ownWrites`. */
export type OwnWritesProblem = { reason: string; suggestion: string };

const READS = ["GET", "HEAD", "OPTIONS"];

/** Checks one route against the streams that the file lists. */
export function findOwnWritesProblem(
  id: string,
  { stream }: Pick<OwnWritesRule, "stream">,
  methods: readonly string[] | undefined,
  streams: readonly string[],
): OwnWritesProblem | undefined {
  if (methods !== undefined && !methods.some((method) => READS.includes(method))) {
    return {
      reason: `route "${id}" has ownWrites but takes no reads, and writes always go where the share sends them.`,
      suggestion: `Put ownWrites on the routes that read what this one writes.`,
    };
  }
  if (stream === undefined || streams.includes(stream)) return undefined;
  const guess = nearest(stream, streams);
  const known = streams.length === 0 ? `Add "streams: { ${stream}: { url: ... } }".` : `Known: ${streams.join(", ")}.`;
  return {
    reason: `route "${id}" waits for the stream "${stream}", which "streams" does not list.`,
    suggestion: guess === undefined ? known : `Did you mean "${guess}"?`,
  };
}
