// Two streams that are the two ways of one. The first to start copies; the second finds the rows there already, for its target is
// where they came from, and begins with what is written behind the place in the log where its slot was made.

import type { Logger } from "@strangler/platform";
import type { StreamAddresses } from "../addresses.ts";
import { findPosition, storeCopyEnd, storeCopyStart } from "../apply/position-store.ts";
import { createSlot, dropSlot } from "../capture/slot.ts";
import { identifyServer } from "../run/source-identity.ts";
import { storeControl } from "../control/control-store.ts";
import { slotName, targetTables, type StreamPlan } from "../plan/stream-plan.ts";
import { formatLsn } from "../postgres/lsn.ts";
import { closeSession, withSession, type Session } from "../postgres/session.ts";
import type { StreamSessions } from "../run/sessions.ts";
import { isLocked } from "../run/stream-lock.ts";
import { keepTargetStore } from "../target-store.ts";
import { PairNotReadyError } from "./errors.ts";

/** Whether the other stream of the pair has filled this one's source. */
export async function isReverseFollowing(plan: StreamPlan, addresses: StreamAddresses): Promise<boolean> {
  const { reverse } = plan;
  if (reverse === undefined) return false;
  const source = {
    url: addresses.source,
    what: `The source "${plan.source}"`,
    application: `strangler pair ${plan.name}`,
  };
  const stored = await withSession(source, (session) => findPosition(session, reverse));
  return stored?.state === "following";
}

/** Makes slot and position of the second stream of a pair: from here on, what is written in its source is its own to carry. */
export async function joinPair(options: {
  plan: StreamPlan;
  sessions: StreamSessions;
  /** The session that holds the stream's lock. */
  target: Session;
  sourceVersion: number;
  log: Logger;
}): Promise<void> {
  const { plan, sessions, target, log } = options;
  const source = await sessions.source();
  const replication = await sessions.replication();
  try {
    // One without a position was left by a start that did not get further.
    await dropSlot(source, slotName(plan.name));
    const { position } = await createSlot(replication, slotName(plan.name), { serverVersion: options.sourceVersion });
    const { system, database } = await identifyServer(replication);
    await target.query("BEGIN");
    const start = { stream: plan.name, sourceSystem: system, sourceDatabase: database, tables: targetTables(plan) };
    await storeCopyStart(target, start);
    await storeCopyEnd(target, plan.name, position);
    await target.query("COMMIT");
    log.info(
      { position: formatLsn(position), reverse: plan.reverse },
      "begins without a copy, as the other way of a pair",
    );
  } finally {
    await Promise.all([closeSession(source), closeSession(replication)]);
  }
}

/**
 * Arms a stream of a pair: from its next start on (or at once, when it runs) it keeps its place in the log of its source and applies
 * nothing, until `resumeStream` is called. Throws PairNotReadyError when the other way has not been copied.
 */
export async function armStream(plan: StreamPlan, addresses: StreamAddresses): Promise<void> {
  if (plan.reverse === undefined || !(await isReverseFollowing(plan, addresses))) {
    throw new PairNotReadyError(plan.name, plan.reverse);
  }
  const target = {
    url: addresses.apply,
    what: `The target "${plan.target}"`,
    application: `strangler arm ${plan.name}`,
  };
  await withSession(target, async (session) => {
    if (!(await isLocked(session, plan.name))) await keepTargetStore(session);
    await storeControl(session, plan.name, "armed");
  });
}
