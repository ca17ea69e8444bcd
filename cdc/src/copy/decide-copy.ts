import type { StoredPosition } from "../apply/position-store.ts";
import type { Lsn } from "../postgres/lsn.ts";
import type { CopyChunk } from "./chunk-store.ts";

/**
 * How a stream gets from what an earlier process left behind to where it follows.
 * `afresh`: nothing there is of use; a new slot, and everything under its snapshot. `complete`: what was copied stays, and the rest comes by
 * windows while the stream follows from its slot. `follow`: nothing is missing.
 */
export type CopyDecision = "afresh" | "complete" | "follow";

export type LeftBehind = {
  stored: StoredPosition | undefined;
  chunks: readonly CopyChunk[];
  /** Where the source's slot goes on; undefined when it has none. */
  slotConfirmed: Lsn | undefined;
  /** The source is the server and database that was copied from. */
  isSameSource: boolean;
};

/** Decides. Pure. */
export function decideCopy({ stored, chunks, slotConfirmed, isSameSource }: LeftBehind): CopyDecision {
  if (stored === undefined) return "afresh";
  const isWhole = chunks.every(({ isDone }) => isDone);
  if (stored.state === "following") return isWhole ? "follow" : "complete";
  if (stored.state === "completing") return "complete";
  // Parts are planned in the same transaction that stores where their snapshot stands in the log.
  if (chunks.length === 0 || !isSameSource || slotConfirmed === undefined) return "afresh";
  return slotConfirmed <= stored.applied ? "complete" : "afresh";
}
