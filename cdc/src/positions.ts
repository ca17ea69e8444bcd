import { waitFor } from "@strangler/platform";
import type { StreamAddresses } from "./addresses.ts";
import { findPosition } from "./apply/position-store.ts";
import { currentPosition, writeMarker } from "./capture/slot.ts";
import type { StreamPlan } from "./plan/stream-plan.ts";
import { formatLsn, parseLsn } from "./postgres/lsn.ts";
import { withSession, type Session } from "./postgres/session.ts";

/**
 * Where the log of the database at `url` ends now, in PostgreSQL's notation. Whatever a reader could see there before the call was
 * committed before this position; once a stream has applied it, a reader of the target sees it too.
 */
export async function readSourcePosition(url: string): Promise<string> {
  const session = { url, what: "The source", application: "strangler position" };
  return withSession(session, async (source) => formatLsn(await currentPosition(source)));
}

/**
 * Waits until everything that the source had committed before `position` is on the target. Writes a marker into the source's
 * log, so that an otherwise idle stream gets there at once. Throws ConditionNotMetError after `limitMs` (default 10 s).
 */
export async function waitUntilApplied(
  plan: StreamPlan,
  addresses: StreamAddresses,
  position: string,
  { limitMs = 10_000 }: { limitMs?: number } = {},
): Promise<void> {
  const application = `strangler wait ${plan.name}`;
  // The marker is worth nothing to a standby, and need not wait for one.
  const settings = { synchronous_commit: "local" };
  const source = { url: addresses.capture, what: `The source "${plan.source}"`, application, settings };
  const target = { url: addresses.apply, what: `The target "${plan.target}"`, application };
  await withSession(target, async (session) => {
    if (await hasApplied(session, plan.name, position)) return;
    await withSession(source, (reader) => writeMarker(reader, plan.name));
    await waitFor(`the stream "${plan.name}" to apply ${position}`, () => hasApplied(session, plan.name, position), {
      limitMs,
      everyMs: 5,
    });
  });
}

/** Whether the target has everything that the source had committed before `position`. */
export async function hasApplied(target: Session, stream: string, position: string): Promise<boolean> {
  const stored = await findPosition(target, stream);
  return stored?.state === "following" && stored.applied >= parseLsn(position);
}
