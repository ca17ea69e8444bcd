import { z } from "zod";

/** What one replica, a proxy with all its workers, says of itself. */
export const replicaStatus = z.strictObject({
  id: z.string().describe("Of one run of a proxy: another one after a restart."),
  host: z.string().describe("The machine on which its process id means something."),
  pid: z.int(),
  adminUrl: z.string().nullable(),
  version: z.string().describe("Of the routes in force there."),
  appliedAt: z.iso.datetime().describe("When they came into force, by that machine's clock."),
  swapMs: z.number().min(0).describe("How long the slowest worker took to swap them in."),
  refused: z
    .strictObject({ version: z.string(), reason: z.string() })
    .nullable()
    .describe("The newest routes, where they cannot come into force; null when they have."),
});

export type ReplicaStatus = z.output<typeof replicaStatus>;

/** A replica as the register knows it. */
export type SeenReplica = ReplicaStatus & { seenMsAgo: number };

/** Where replicas say what is in force at them; kept by the same store as the routes. */
export type ReplicaRegister = {
  announce: (status: ReplicaStatus) => Promise<void>;
  /** Those that were there within the last minutes, by id. */
  list: () => Promise<SeenReplica[]>;
  leave: (id: string) => Promise<void>;
};

/** How often a replica shows that it is there. */
export const HEARTBEAT_MS = 2_000;
/** Whoever has not been seen for so long is called silent. */
export const SILENT_AFTER_MS = 3 * HEARTBEAT_MS;
/** Whoever has not been seen for so long is not waited for, and not shown. */
export const FORGOTTEN_AFTER_MS = 120_000;
