// One attempt at running a stream: from two addresses to rows that flow, until it is stopped or something fails. Whatever
// fails, the position in the target says where the next attempt goes on; nothing else is remembered.

import type { Logger } from "@strangler/platform";
import type { StreamAddresses } from "../addresses.ts";
import { createApplier, type Applier, type ApplyCounts } from "../apply/applier.ts";
import { findPosition } from "../apply/position-store.ts";
import { openLog } from "../capture/open-log.ts";
import { assertPublished, assertStream, type CheckedStream } from "../check/check-stream.ts";
import type { CopyProgress } from "../copy/copy-progress.ts";
import { fillTarget } from "../copy/fill-target.ts";
import { announcesChanges } from "../ddl/ddl-trigger.ts";
import { followSchema } from "../ddl/follow-schema.ts";
import { DDL_PREFIX } from "../ddl/trigger-sql.ts";
import { SlotLostError } from "../errors.ts";
import { slotName, type StreamPlan } from "../plan/stream-plan.ts";
import { closeSession, type Session } from "../postgres/session.ts";
import { openControl, type Control } from "../control/control.ts";
import { serveRequest } from "../parked/parked-commands.ts";
import { installGuard, plannedGuard, switchGuard } from "../guard/guard.ts";
import { readControl } from "../control/control-store.ts";
import { rowsThatAreFree } from "../parked/is-free.ts";
import { createParking, type Parking } from "../parked/parking.ts";
import type { ConflictCounts } from "../two-way/conflict-policy.ts";
import { createConflicts, type Conflicts } from "../two-way/conflicts.ts";
import { markOrigin } from "../two-way/origin.ts";
import { isReverseFollowing, joinPair } from "../two-way/pair.ts";
import { prepareStream } from "../prepare.ts";
import { createWindows, type WindowCounts, type Windows } from "../windows/start-windows.ts";
import { abandonAfter } from "./abandon.ts";
import { assertContinuous } from "./assert-continuous.ts";
import { follow, type FollowView } from "./follow.ts";
import type { StreamLimits } from "./limits.ts";
import { streamSessions, type StreamSessions } from "./sessions.ts";
import { lockStream } from "./stream-lock.ts";
import type { TableTally } from "./table-tally.ts";
import type { CopiedTable } from "./stream-status.ts";

export type RunOptions = {
  plan: StreamPlan;
  addresses: StreamAddresses;
  limits: StreamLimits;
  log: Logger;
  counts: ApplyCounts;
  conflicts: ConflictCounts;
  tally: TableTally;
  signal: AbortSignal;
  onState: (state: "copying" | "completing" | "following", view: RunView) => void;
  onCopied: (copied: CopiedTable) => void;
};

export type RunView = {
  applier?: Applier;
  control?: Control;
  parking?: Parking;
  follow?: FollowView;
  copy?: () => CopyProgress | undefined;
  windows?: () => WindowCounts;
};

/** Runs until stopped. Throws what ended it. */
export async function runSession(options: RunOptions): Promise<void> {
  const { plan, addresses, limits, signal } = options;
  const sessions = streamSessions(plan, addresses);
  const target = await sessions.applier();
  const abandon = abandonAfter(target, limits.closePatienceMs);
  signal.addEventListener("abort", abandon.begin);
  try {
    await lockStream(target, plan.name, limits.lockPatienceMs, signal);
    await markOrigin(target, { stream: plan.name, isNeeded: plan.reverse !== undefined, log: options.log });
    // A table is published only after it was checked: publishing one without a key would make its owner's updates fail.
    const checked = await check(options, sessions);
    await prepareStream(plan, addresses);
    await withOpened(sessions.source, (source) => assertPublished(plan, source));
    const { mode } = await readControl(target, plan.name);
    await installGuard(plan, addresses, mode === "armed" ? "off" : plannedGuard(plan), options.log);
    if ((await findPosition(target, plan.name)) === undefined && (await isReverseFollowing(plan, addresses))) {
      await joinPair({ plan, sessions, target, sourceVersion: checked.sourceVersion, log: options.log });
    }
    const stored = await findPosition(target, plan.name);
    await fillTarget({
      ...options,
      stream: plan.name,
      ...checked,
      sessions,
      target,
      stored,
      onCopying: (progress) => options.onState("copying", { copy: () => progress }),
    });
    await followOn(options, sessions, target, checked);
  } finally {
    signal.removeEventListener("abort", abandon.begin);
    abandon.end();
    await closeSession(target);
  }
}

// --- internal ---

async function check({ plan }: RunOptions, sessions: StreamSessions): Promise<CheckedStream> {
  return withOpened(sessions.source, (source) =>
    withOpened(sessions.target, (target) => assertStream(plan, source, target)),
  );
}

async function followOn(
  options: RunOptions,
  sessions: StreamSessions,
  target: Session,
  checked: CheckedStream,
): Promise<void> {
  const { plan, limits, log } = options;
  const replication = await sessions.replication();
  try {
    const stored = await findPosition(target, plan.name);
    if (stored === undefined) throw new SlotLostError(plan.name, "its position is gone from the target");
    const known = await withOpened(sessions.source, (source) =>
      assertContinuous({ stream: plan.name, stored, replication, source, target, log }),
    );
    const parking = createParking({ session: target, stream: plan.name, tables: checked.tables, limits });
    await parking.reload();
    const control = await openControl({
      session: target,
      stream: plan.name,
      serve: async (request) => {
        const answer = await serveRequest({ session: target, stream: plan.name, tables: checked.tables, log }, request);
        await parking.reload();
        return answer;
      },
      onMode: (mode) => switchGuard(target, plan.name, mode === "armed" ? "off" : plannedGuard(plan)),
      log,
    });
    const seen: RunView = { control, parking };
    const isWhole = stored.state !== "completing";
    const onWhole = () => (isWhole ? undefined : options.onState("following", seen));
    const windows = await openWindows(options, sessions, checked, parking, onWhole);
    const isAnnounced = await withOpened(sessions.source, announcesChanges);
    const schema = followSchema({ plan, tables: checked.tables, isAnnounced });
    const notes = { ...windows.notes, [DDL_PREFIX]: schema.run };
    try {
      const applier = createApplier({
        session: target,
        notes,
        parking,
        conflicts: await openConflicts(options, target),
        isWhole: windows.isWhole,
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
          localOnly: plan.reverse !== undefined,
        }),
        from: stored,
        openSource: sessions.source,
        applier,
        notes,
        schema,
        windows,
        control,
        onFollowing: (view) => {
          Object.assign(seen, { applier, follow: view, copy: windows.progress, windows: windows.counts });
          options.onState(isWhole ? "following" : "completing", seen);
        },
      });
    } finally {
      await windows.close();
    }
  } finally {
    await closeSession(replication);
  }
}

async function openConflicts({ plan, conflicts, log }: RunOptions, session: Session): Promise<Conflicts | undefined> {
  const { onConflict: policy } = plan;
  return policy === undefined ? undefined : createConflicts({ session, plan, policy, counts: conflicts, log });
}

async function openWindows(
  { plan, limits, log }: RunOptions,
  sessions: StreamSessions,
  { tables, sourceVersion }: CheckedStream,
  parking: Parking,
  onWhole: () => void,
): Promise<Windows> {
  return createWindows({
    stream: plan.name,
    tables,
    serverVersion: sourceVersion,
    openSource: sessions.windows,
    openTarget: sessions.target,
    limits,
    isFree: rowsThatAreFree(parking),
    onWhole,
    log,
  });
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
