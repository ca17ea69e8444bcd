import { errorCode } from "@strangler/platform";
import type { Session } from "../postgres/session.ts";
import { removeChunks } from "./chunk-store.ts";
import { rebuildIndexes } from "./deferred-indexes.ts";

/** Forgets what was copied and what waits to be read anew. Indexes that a copy had put off are built, because nobody would afterwards. */
export async function forgetCopy(session: Session, stream: string): Promise<void> {
  try {
    await rebuildIndexes(session, stream);
    await removeChunks(session, stream);
    await session.query("DELETE FROM strangler.repair_key WHERE stream = $1", [stream]);
  } catch (error) {
    // A target that no stream was ever prepared for.
    if (errorCode(error) !== "42P01" && errorCode(error) !== "3F000") throw error;
  }
}
