// How a stream's rows get onto the target before it follows: everything under one snapshot, or, where an earlier process has left
// something behind that is of use, nothing at all, because windows bring the rest while it follows.

import type { Logger } from "@strangler/platform";
import {
  storeCompleting,
  storeCopyEnd,
  storeCopyPosition,
  storeCopyStart,
  type StoredPosition,
} from "../apply/position-store.ts";
import { createSlot, dropSlot, findSlot } from "../capture/slot.ts";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { TargetNotEmptyError } from "../errors.ts";
import { slotName, splitTable } from "../plan/stream-plan.ts";
import { formatLsn } from "../postgres/lsn.ts";
import { formatTable } from "../postgres/quote.ts";
import { closeSession, type Session } from "../postgres/session.ts";
import type { StreamLimits } from "../run/limits.ts";
import type { StreamSessions } from "../run/sessions.ts";
import { identifyServer, type ServerIdentity } from "../run/source-identity.ts";
import type { CopiedTable } from "../run/stream-status.ts";
import { analyze } from "./analyze.ts";
import { addChunks, findChunks, removeChunks, type CopyChunk } from "./chunk-store.ts";
import { copyChunks } from "./copy-chunks.ts";
import { trackCopy, type CopyProgress } from "./copy-progress.ts";
import { decideCopy } from "./decide-copy.ts";
import { deferIndexes, rebuildIndexes } from "./deferred-indexes.ts";
import { planTables } from "./plan-chunks.ts";
import { emptyTables, findFilled } from "./target-tables.ts";

export type FillOptions = {
  stream: string;
  tables: readonly ResolvedTable[];
  sourceVersion: number;
  sessions: StreamSessions;
  /** The session that holds the stream's lock. */
  target: Session;
  stored: StoredPosition | undefined;
  limits: StreamLimits;
  log: Logger;
  signal: AbortSignal;
  onCopying: (progress: CopyProgress) => void;
  onCopied: (copied: CopiedTable) => void;
};

/**
 * Makes the target ready to be followed. Throws TargetNotEmptyError for tables that hold rows which the stream did not write, and
 * whatever a server says.
 */
export async function fillTarget(options: FillOptions): Promise<void> {
  const { stream, target, stored, log } = options;
  const chunks = await findChunks(target, stream);
  const source = await options.sessions.source();
  const replication = await options.sessions.replication().catch(async (error: unknown) => {
    await closeSession(source);
    throw error;
  });
  try {
    const slot = await findSlot(source, slotName(stream));
    const identity = await identifyServer(replication);
    const isSameSource = identity.system === stored?.sourceSystem && identity.database === stored.sourceDatabase;
    const decision = decideCopy({ stored, chunks, slotConfirmed: slot?.confirmed, isSameSource });
    if (decision === "afresh") return await copyAfresh(options, source, replication, identity);
    const fresh = newTables(options, chunks);
    if (decision === "follow" && fresh.length === 0) return;
    if (fresh.length > 0) await planNew(options, source, fresh);
    if (stored?.state === "copying") log.info({ parts: chunks.length }, "an interrupted copy goes on");
    await storeCompleting(target, stream, targetsOf(options.tables));
  } finally {
    await Promise.all([closeSession(source), closeSession(replication)]);
  }
}

// --- internal ---

async function copyAfresh(
  options: FillOptions,
  source: Session,
  replication: Session,
  identity: ServerIdentity,
): Promise<void> {
  const { stream, tables, target, log, limits, sessions, signal } = options;
  await begin(options, identity);
  // The slot of an earlier copy begins where that copy's snapshot did, which is gone.
  await dropSlot(source, slotName(stream));
  const { position, snapshot } = await createSlot(replication, slotName(stream), {
    serverVersion: options.sourceVersion,
    failover: limits.failoverSlot,
  });
  const planned = await planTables(source, tables, limits.copyChunkBytes);
  await target.query("BEGIN");
  await storeCopyPosition(target, stream, position);
  await addChunks(target, stream, planned);
  await target.query("COMMIT");
  const chunks = await findChunks(target, stream);
  const progress = trackCopy(chunks);
  options.onCopying(progress);
  log.info({ position: formatLsn(position), tables: tables.length, parts: chunks.length }, "copying");
  if (limits.deferIndexes) log.info({ indexes: await deferIndexes(target, stream, targetsOf(tables)) }, "deferred");
  await copyChunks({
    stream,
    tables,
    chunks,
    snapshot,
    workers: limits.copyWorkers,
    openSource: sessions.source,
    openTarget: sessions.target,
    onChunk: tellTables(options, chunks, progress),
    signal,
  });
  await rebuildIndexes(target, stream, (index, ms) => log.info({ index, ms }, "index built"));
  for (const { to } of tables) await analyze(target, to);
  await storeCopyEnd(target, stream, position);
  log.info({ position: formatLsn(position) }, "copy complete");
}

// From the moment this is committed, what is in the tables is the stream's own, and an interrupted copy may empty them.
async function begin({ stream, tables, target, stored, log }: FillOptions, identity: ServerIdentity): Promise<void> {
  const own = stored?.tables ?? [];
  await assertEmpty(stream, tables, own, target);
  if (own.length > 0) {
    log.info({ tables: own }, "an interrupted copy is begun again");
    await emptyTables(target, own.map(splitTable));
  }
  await rebuildIndexes(target, stream);
  await target.query("BEGIN");
  await removeChunks(target, stream);
  await storeCopyStart(target, {
    stream,
    sourceSystem: identity.system,
    sourceDatabase: identity.database,
    tables: targetsOf(tables),
  });
  await target.query("COMMIT");
}

async function assertEmpty(
  stream: string,
  tables: readonly ResolvedTable[],
  own: readonly string[],
  target: Session,
): Promise<void> {
  const filled = await findFilled(
    target,
    targetsOf(tables).filter((table) => !own.includes(formatTable(table))),
  );
  if (filled.length > 0) throw new TargetNotEmptyError(stream, filled.map(formatTable));
}

// Tables that came into the plan after the stream had been copied.
function newTables({ tables, stored }: FillOptions, chunks: readonly CopyChunk[]): ResolvedTable[] {
  return tables.filter(({ from, to }) => {
    const isPlanned = chunks.some(({ source, target }) => source === formatTable(from) && target === formatTable(to));
    return !isPlanned && (chunks.length > 0 || stored?.tables.includes(formatTable(to)) !== true);
  });
}

async function planNew({ stream, target, stored, limits, log }: FillOptions, source: Session, tables: ResolvedTable[]) {
  await assertEmpty(stream, tables, stored?.tables ?? [], target);
  await addChunks(target, stream, await planTables(source, tables, limits.copyChunkBytes));
  log.info({ tables: tables.map(({ to }) => formatTable(to)) }, "tables that are new in the plan are read");
}

function tellTables({ log, onCopied }: FillOptions, chunks: readonly CopyChunk[], progress: CopyProgress) {
  const startedAt = performance.now();
  const left = new Map(chunks.map(({ number, target }) => [number, target]));
  return (chunk: CopyChunk, { rows, bytes }: { rows: number; bytes: number }) => {
    progress.update({ ...chunk, rows, bytes, isDone: true });
    left.delete(chunk.number);
    if ([...left.values()].includes(chunk.target)) return;
    const table = progress.status().tables.find((each) => each.table === chunk.target);
    const copied = { table: chunk.target, rows: table?.rows ?? rows, ms: Math.round(performance.now() - startedAt) };
    log.info(copied, "table copied");
    onCopied(copied);
  };
}

function targetsOf(tables: readonly ResolvedTable[]) {
  return [...new Map(tables.map(({ to }) => [formatTable(to), to])).values()];
}
