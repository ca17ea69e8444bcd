// The sessions of a verification: a reader of each side for what may take long, and a clerk of each for positions and notes, so that how
// far the stream is behind can be asked in the middle of a long read.

import { setTimeout as pause } from "node:timers/promises";
import type { StreamAddresses } from "../addresses.ts";
import { findPosition } from "../apply/position-store.ts";
import { currentPosition, writeMarker } from "../capture/slot.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import { withSession, type Session } from "../postgres/session.ts";
import { isLocked } from "../run/stream-lock.ts";

export type VerifySessions = { source: Session; target: Session; sourceClerk: Session; targetClerk: Session };

/** Lends the sessions. Throws DatabaseUnreachableError. */
export async function withVerifySessions<Result>(
  plan: StreamPlan,
  addresses: StreamAddresses,
  use: (sessions: VerifySessions) => Promise<Result>,
): Promise<Result> {
  const application = `strangler verify ${plan.name}`;
  const source = { url: addresses.capture, what: `The source "${plan.source}"`, application };
  const target = { url: addresses.apply, what: `The target "${plan.target}"`, application };
  return withSession({ ...source, settings: READER }, (sourceReader) =>
    withSession({ ...target, settings: READER }, (targetReader) =>
      // The marker is worth nothing to a standby, and need not wait for one.
      withSession({ ...source, settings: { synchronous_commit: "local" } }, (sourceClerk) =>
        withSession(target, (targetClerk) =>
          use({ source: sourceReader, target: targetReader, sourceClerk, targetClerk }),
        ),
      ),
    ),
  );
}

/**
 * Waits until the target has everything that the source shows now. False when the stream does not get there within `limitMs`, or when
 * nobody runs it.
 */
export async function catchUp(
  { name }: StreamPlan,
  { sourceClerk, targetClerk }: VerifySessions,
  limitMs: number,
): Promise<boolean> {
  const position = await currentPosition(sourceClerk);
  const deadline = performance.now() + limitMs;
  let isMarked = false;
  for (;;) {
    const stored = await findPosition(targetClerk, name);
    if (stored?.state !== "following") return false;
    if (stored.applied >= position) return true;
    if (!(await isLocked(targetClerk, name)) || performance.now() > deadline) return false;
    // So that a stream on an otherwise idle source gets there at once.
    if (!isMarked) await writeMarker(sourceClerk, name);
    isMarked = true;
    await pause(LOOK_EVERY_MS);
  }
}

/** Bytes of source log that the target has not; undefined when nobody runs the stream. */
export async function lagBytes(
  { name }: StreamPlan,
  { sourceClerk, targetClerk }: VerifySessions,
): Promise<number | undefined> {
  if (!(await isLocked(targetClerk, name))) return undefined;
  const stored = await findPosition(targetClerk, name);
  if (stored?.state !== "following") return undefined;
  return Math.max(0, Number((await currentPosition(sourceClerk)) - stored.applied));
}

// --- internal ---

const LOOK_EVERY_MS = 5;

// One process of each server at a time, and no limit that was meant for web requests; compiling a statement takes longer than
// running it over a chunk.
const READER = { jit: "off", max_parallel_workers_per_gather: "0", statement_timeout: "0" };
