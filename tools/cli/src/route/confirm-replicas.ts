import { setTimeout as pause } from "node:timers/promises";
import { stateOf, type ReplicaState, type RoutesStore, type SeenReplica } from "@strangler/proxy";

/** What one replica said to a version of the routes. */
export type Confirmation = {
  id: string;
  host: string;
  pid: number;
  adminUrl: string | null;
  state: ReplicaState;
  /** From the change until its word was read here; null unless applied. */
  afterMs: number | null;
  /** Why it refused; null unless refused. */
  reason: string | null;
};

const EVERY_MS = 10;

/** Waits until every replica has applied or refused a version, or is silent, at most `limitMs`. None: there is no replica. */
export async function confirmReplicas(store: RoutesStore, version: string, limitMs: number): Promise<Confirmation[]> {
  const startedAt = performance.now();
  const settled = new Map<string, Confirmation>();
  for (;;) {
    const replicas = await store.replicas.list().catch((): SeenReplica[] => []);
    const afterMs = Math.round(performance.now() - startedAt);
    for (const replica of replicas) {
      const known = settled.get(replica.id);
      if (known?.state !== "applied") settled.set(replica.id, confirmationOf(replica, version, afterMs));
    }
    const waiting = [...settled.values()].some(({ state }) => state === "behind");
    if (!waiting || performance.now() - startedAt > limitMs) return [...settled.values()];
    await pause(EVERY_MS);
  }
}

// --- internal ---

function confirmationOf(replica: SeenReplica, version: string, afterMs: number): Confirmation {
  const state = stateOf(replica, version);
  const { id, host, pid, adminUrl, refused } = replica;
  return {
    ...{ id, host, pid, adminUrl, state },
    afterMs: state === "applied" ? afterMs : null,
    reason: state === "refused" ? (refused?.reason ?? null) : null,
  };
}
