import type { StreamAddresses } from "../addresses.ts";
import { findPosition, storeRestart } from "../apply/position-store.ts";
import { keepPublication } from "../capture/publication.ts";
import { createSlot, dropSlot } from "../capture/slot.ts";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { assertPublished, assertStream } from "../check/check-stream.ts";
import { slotName, sourceTables, type StreamPlan } from "../plan/stream-plan.ts";
import { formatTable } from "../postgres/quote.ts";
import { closeSession, withSession, type Session } from "../postgres/session.ts";
import { DEFAULT_LIMITS } from "../run/limits.ts";
import { streamSessions, type StreamSessions } from "../run/sessions.ts";
import { identifyServer } from "../run/source-identity.ts";
import { lockStream } from "../run/stream-lock.ts";
import { addChunks, removeChunks, type PlannedChunk } from "./chunk-store.ts";
import { NothingToResyncError } from "./errors.ts";
import { planTables } from "./plan-chunks.ts";

/**
 * Prepares a stopped stream whose slot is lost, or whose source was restored or taken over, to be brought up to date in place: a new
 * slot now, and at the next start windows over every row while it follows from there. Rows that are right already are not
 * written, those that the source does not have any more are removed, and the target can be read all the while.
 * Throws NothingToResyncError, StreamBusyError while a process runs the stream, and StreamNotPossibleError.
 */
export async function resyncStream(plan: StreamPlan, addresses: StreamAddresses): Promise<void> {
  const sessions = streamSessions(plan, addresses);
  const target = await sessions.target();
  try {
    if ((await findPosition(target, plan.name)) === undefined) throw new NothingToResyncError(plan.name);
    await lockStream(target, plan.name, 0, new AbortController().signal);
    await publishAgain(plan, addresses);
    await restart(plan, sessions, target);
  } finally {
    await closeSession(target);
  }
}

// --- internal ---

// Whatever the publication has missed is read anew with everything else.
async function publishAgain(plan: StreamPlan, addresses: StreamAddresses): Promise<void> {
  const owner = {
    url: addresses.source,
    what: `The source "${plan.source}"`,
    application: `strangler resync ${plan.name}`,
  };
  await withSession(owner, (session) => keepPublication(session, slotName(plan.name), sourceTables(plan)));
}

async function restart(plan: StreamPlan, sessions: StreamSessions, target: Session): Promise<void> {
  const source = await sessions.source();
  const replication = await sessions.replication();
  try {
    const { tables, sourceVersion } = await assertStream(plan, source, target);
    await assertPublished(plan, source);
    await dropSlot(source, slotName(plan.name));
    const { position } = await createSlot(replication, slotName(plan.name), { serverVersion: sourceVersion });
    const parts = await planTables(source, tables, DEFAULT_LIMITS.copyChunkBytes);
    const identity = await identifyServer(replication);
    await target.query("BEGIN");
    await removeChunks(target, plan.name);
    await addChunks(target, plan.name, [...parts, ...tables.map(removalsOf)]);
    await storeRestart(target, plan.name, position, identity);
    await target.query("COMMIT");
  } finally {
    await Promise.all([closeSession(source), closeSession(replication)]);
  }
}

function removalsOf(table: ResolvedTable): PlannedChunk {
  return {
    target: formatTable(table.to),
    source: formatTable(table.from),
    work: { kind: "removals" },
    estimatedRows: 1,
  };
}
