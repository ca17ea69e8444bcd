// One attempt at running a stream: from two addresses to rows that flow, until it is stopped or something fails. Whatever
// fails, the position in the target says where the next attempt goes on; nothing else is remembered.

import type { Logger } from "@strangler/platform";
import type { StreamAddresses } from "../addresses.ts";
import { createApplier, type Applier, type ApplyCounts } from "../apply/applier.ts";
import type { NoteHandlers } from "../apply/notes.ts";
import { findPosition, storeCopyEnd, storeCopyStart, type StoredPosition } from "../apply/position-store.ts";
import { openLog } from "../capture/open-log.ts";
import { createSlot, dropSlot, findSlot, type SlotFacts } from "../capture/slot.ts";
import { assertPublished, assertStream, type CheckedStream } from "../check/check-stream.ts";
import { copyTables } from "../copy/copy-tables.ts";
import { emptyTables, findFilled } from "../copy/target-tables.ts";
import { SlotLostError, TargetNotEmptyError } from "../errors.ts";
import { slotName, splitTable, type StreamPlan } from "../plan/stream-plan.ts";
import { formatLsn, type Lsn } from "../postgres/lsn.ts";
import { formatTable, quoteTable } from "../postgres/quote.ts";
import { closeSession, type Session } from "../postgres/session.ts";
import { createParking } from "../parked/parking.ts";
import { prepareStream } from "../prepare.ts";
import { follow, type FollowView } from "./follow.ts";
import type { StreamLimits } from "./limits.ts";
import { streamSessions, type StreamSessions } from "./sessions.ts";
import { lockStream } from "./stream-lock.ts";
import type { CopiedTable } from "./stream-status.ts";

export type RunOptions = {
  plan: StreamPlan;
  addresses: StreamAddresses;
  limits: StreamLimits;
  log: Logger;
  counts: ApplyCounts;
  signal: AbortSignal;
  onState: (state: "copying" | "following", view: RunView) => void;
  onCopied: (copied: CopiedTable) => void;
};

export type RunView = { applier?: Applier; follow?: FollowView };

/** Runs until stopped. Throws what ended it. */
export async function runSession(options: RunOptions): Promise<void> {
  const { plan, addresses, limits, signal } = options;
  const sessions = streamSessions(plan, addresses);
  const target = await sessions.applier();
  const abandon = abandonAfter(target, limits.closePatienceMs);
  signal.addEventListener("abort", abandon.begin);
  try {
    await lockStream(target, plan.name, limits.lockPatienceMs, signal);
    // A table is published only after it was checked: publishing one without a key would make its owner's updates fail.
    const checked = await check(options, sessions);
    await prepareStream(plan, addresses);
    await withOpened(sessions.source, (source) => assertPublished(plan, source));
    const stored = await findPosition(target, plan.name);
    if (stored?.state !== "following") await copy(options, sessions, target, checked, stored);
    await followOn(options, sessions, target, checked);
  } finally {
    signal.removeEventListener("abort", abandon.begin);
    abandon.end();
    await closeSession(target);
  }
}

// --- internal ---

// A transaction that does not end, because somebody holds a lock it needs, is left to the server to undo.
function abandonAfter(session: Session, patienceMs: number) {
  let timer: NodeJS.Timeout | undefined;
  return {
    begin: () => {
      timer = setTimeout(() => session.connection.stream.destroy(), patienceMs);
    },
    end: () => clearTimeout(timer),
  };
}

async function check({ plan }: RunOptions, sessions: StreamSessions): Promise<CheckedStream> {
  return withOpened(sessions.source, (source) =>
    withOpened(sessions.target, (target) => assertStream(plan, source, target)),
  );
}

async function copy(
  options: RunOptions,
  sessions: StreamSessions,
  target: Session,
  checked: CheckedStream,
  stored: StoredPosition | undefined,
): Promise<void> {
  const { plan, log, signal } = options;
  await withOpened(sessions.replication, async (replication) => {
    await beginCopy(options, target, replication, checked, stored);
    options.onState("copying", {});
    // The slot of a copy that was interrupted begins where that copy's snapshot did, which is gone.
    await withOpened(sessions.source, (source) => dropSlot(source, slotName(plan.name)));
    const { position, snapshot } = await createSlot(replication, slotName(plan.name), {
      serverVersion: checked.sourceVersion,
    });
    log.info({ position: formatLsn(position), tables: checked.tables.length }, "copying");
    await copyTables({
      tables: checked.tables,
      snapshot,
      workers: options.limits.copyWorkers,
      openSource: sessions.source,
      openTarget: sessions.target,
      onTable: (copied) => {
        log.info(copied, "table copied");
        options.onCopied(copied);
      },
      signal,
    });
    await finishCopy(options, target, checked, position);
  });
}

// From the moment this is committed, what is in the tables is the stream's own, and an interrupted copy may empty them.
async function beginCopy(
  { plan, log }: RunOptions,
  target: Session,
  replication: Session,
  { tables }: CheckedStream,
  stored: StoredPosition | undefined,
): Promise<void> {
  const own = stored?.tables ?? [];
  const targets = tables.map(({ to }) => to);
  const filled = await findFilled(
    target,
    targets.filter((table) => !own.includes(formatTable(table))),
  );
  if (filled.length > 0) throw new TargetNotEmptyError(plan.name, filled.map(formatTable));
  if (own.length > 0) {
    log.info({ tables: own }, "an interrupted copy is begun again");
    await emptyTables(target, own.map(splitTable));
  }
  const { system, database } = await identify(replication);
  await storeCopyStart(target, { stream: plan.name, sourceSystem: system, sourceDatabase: database, tables: targets });
}

async function finishCopy(
  { plan, log }: RunOptions,
  target: Session,
  { tables }: CheckedStream,
  position: Lsn,
): Promise<void> {
  await storeCopyEnd(target, plan.name, position);
  log.info({ position: formatLsn(position) }, "copy complete");
  // Only a hint for the target's planner; a role without the right to it is merely warned by the server.
  for (const { to } of tables) await target.query(`ANALYZE ${quoteTable(to)}`);
}

async function followOn(
  options: RunOptions,
  sessions: StreamSessions,
  target: Session,
  checked: CheckedStream,
): Promise<void> {
  const { plan, log } = options;
  const replication = await sessions.replication();
  try {
    const stored = await findPosition(target, plan.name);
    if (stored === undefined) throw new SlotLostError(plan.name, "its position is gone from the target");
    const known = await assertContinuous(plan, sessions, stored, await identify(replication));
    const notes: NoteHandlers = {};
    const parking = createParking({ session: target, stream: plan.name, tables: checked.tables, limits: options.limits });
    await parking.reload();
    const applier = createApplier({
      session: target,
      notes,
      parking,
      stream: plan.name,
      position: stored.applied,
      counts: options.counts,
      log,
    });
    await follow({
      ...options,
      tables: checked.tables,
      open: openLog({
        session: replication,
        slot: slotName(plan.name),
        publication: slotName(plan.name),
        serverVersion: checked.sourceVersion,
        known,
      }),
      from: stored,
      openSource: sessions.source,
      applier,
      notes,
      onFollowing: (view) => options.onState("following", { applier, follow: view }),
    });
  } finally {
    await closeSession(replication);
  }
}

// A server asked for a position that its slot has left behind does not complain, it begins later (PostgreSQL's manual, under
// START_REPLICATION); so the gap must be seen from here.
async function assertContinuous(
  { name }: StreamPlan,
  sessions: StreamSessions,
  stored: StoredPosition,
  source: SourceIdentity,
): Promise<SlotFacts> {
  if (source.system !== stored.sourceSystem || source.database !== stored.sourceDatabase) {
    throw new SlotLostError(name, "the source is not the server and database that was copied from");
  }
  const slot = await withOpened(sessions.source, (session) => findSlot(session, slotName(name)));
  if (slot === undefined) throw new SlotLostError(name, `the source has no slot "${slotName(name)}" any more`);
  if (slot.walStatus === "lost") throw new SlotLostError(name, "the source has removed log that the slot still needed");
  if (slot.confirmed > stored.applied) {
    const gap = `${formatLsn(stored.applied)} was applied, the slot begins at ${formatLsn(slot.confirmed)}`;
    throw new SlotLostError(name, `the slot was moved past the stream's position (${gap})`);
  }
  return slot;
}

type SourceIdentity = { system: string; database: string };

async function identify(replication: Session): Promise<SourceIdentity> {
  const { rows } = await replication.query<{ systemid: string; dbname: string }>("IDENTIFY_SYSTEM");
  return { system: rows[0]?.systemid ?? "", database: rows[0]?.dbname ?? "" };
}

async function withOpened<Result>(
  open: () => Promise<Session>,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const session = await open();
  try {
    return await use(session);
  } finally {
    await closeSession(session);
  }
}
