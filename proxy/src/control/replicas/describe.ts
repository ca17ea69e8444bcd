import { SILENT_AFTER_MS, type SeenReplica } from "./register.ts";

/** How a replica stands to a version: it has it, cannot take it, has not taken it yet, or has not been heard of. */
export type ReplicaState = "applied" | "refused" | "behind" | "silent";

export function stateOf(replica: SeenReplica, version: string): ReplicaState {
  if (replica.refused?.version === version) return "refused";
  if (replica.version === version && replica.refused === null) return "applied";
  return replica.seenMsAgo > SILENT_AFTER_MS ? "silent" : "behind";
}
