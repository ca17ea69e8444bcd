import type { Logger } from "@strangler/platform";
import { storeSource, type StoredPosition } from "../apply/position-store.ts";
import { findSlot, type SlotFacts } from "../capture/slot.ts";
import { slotName } from "../plan/stream-plan.ts";
import type { Session } from "../postgres/session.ts";
import { discontinuity } from "./continuity-errors.ts";
import { judgeContinuity } from "./continuity.ts";
import { identifySource } from "./source-identity.ts";

export type ContinuityOptions = {
  stream: string;
  stored: StoredPosition;
  /** An idle replication session of the source. */
  replication: Session;
  source: Session;
  target: Session;
  log: Logger;
};

/**
 * Answers with the slot when the stream may go on where it stands, and notes what the source is called by now. Throws SlotLostError
 * when the changes in between cannot be had any more, OtherSourceError and SourceNotReadyError.
 */
export async function assertContinuous(options: ContinuityOptions): Promise<SlotFacts> {
  const { stream, stored, source, target, log } = options;
  const known = { system: stored.sourceSystem, database: stored.sourceDatabase, timeline: stored.sourceTimeline };
  const now = await identifySource(options.replication, source, known.timeline);
  const slot = await findSlot(source, slotName(stream));
  const facts = {
    stream,
    slotName: slotName(stream),
    stored: { ...known, applied: stored.applied },
    source: now,
    slot,
  };
  const continuity = judgeContinuity(facts);
  if (continuity.remedy !== "go on" || slot === undefined) throw discontinuity(stream, continuity);
  if (known.database !== now.database || known.timeline !== now.timeline) {
    log.info({ stream, state: continuity.state }, continuity.sentence);
    await storeSource(target, stream, now);
  }
  return slot;
}
