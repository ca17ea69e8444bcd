import { findPosition } from "./apply/position-store.ts";
import type { StreamAddresses } from "./addresses.ts";
import { findSlot, currentPosition } from "./capture/slot.ts";
import { slotName, type StreamPlan } from "./plan/stream-plan.ts";
import { formatLsn } from "./postgres/lsn.ts";
import { withSession } from "./postgres/session.ts";
import { isLocked } from "./run/stream-lock.ts";
import { readControl, type StoredControl } from "./control/control-store.ts";
import { readGuard } from "./guard/guard.ts";
import type { GuardMode } from "./guard/guard-sql.ts";
import { summarizeParked, type ParkedSummary } from "./parked/read-parked.ts";
import { findVerifications } from "./verify/progress-store.ts";
import { summarize, type Drift } from "./verify/watch-drift.ts";

/** What both databases say of a stream, whether its process runs or not. Positions are in PostgreSQL's notation. */
export type StoredStreamStatus = {
  stream: string;
  /**
   * `absent`: never started, or dropped. `copying`, `completing`, `following`: a process is at work. `interrupted`: the copy was
   * broken off; what is missing comes at the next start. `stopped`: it goes on where it stood when it is started.
   */
  state: "absent" | "copying" | "completing" | "interrupted" | "following" | "stopped";
  /** Everything before it is committed on the target; null before the first copy is complete. */
  applied: string | null;
  /** Everything before it may be forgotten by the source; null without a slot. */
  confirmed: string | null;
  /** Where the source's log ends now. */
  sourcePosition: string;
  /** Bytes of source log, of all tables, behind which the target is; null before the first copy is complete. */
  lagBytes: number | null;
  /** When the source committed the last transaction that the target has, ISO 8601; null before the first. */
  lastCommittedAt: string | null;
  /** Whether it applies what it follows; `armed`: of two ways, it keeps its place and waits. */
  control: StoredControl;
  /** What the target has refused and waits, and rows to be read from the source again. */
  parked: ParkedSummary;
  /** What the guard of the target's tables does; null where there is none. */
  guard: GuardMode | null;
  /** What the last verifications have found; null until there was one. */
  drift: Drift | null;
  slot: { active: boolean; walStatus: string; safeWalSize: number | null; keptBytes: number } | null;
};

/** Reads a stream's state from both databases. Throws DatabaseUnreachableError when one of them does not answer. */
export async function readStreamStatus(plan: StreamPlan, addresses: StreamAddresses): Promise<StoredStreamStatus> {
  const application = `strangler status ${plan.name}`;
  const target = { url: addresses.apply, what: `The target "${plan.target}"`, application };
  const source = { url: addresses.capture, what: `The source "${plan.source}"`, application };
  const [stored, locked, drift, control, parked, guard] = await withSession(target, async (session) => [
    await findPosition(session, plan.name),
    await isLocked(session, plan.name),
    summarize(await findVerifications(session, plan.name)),
    await readControl(session, plan.name),
    await summarizeParked(session, plan.name),
    await readGuard(session, plan.name),
  ]);
  const [slot, sourcePosition] = await withSession(source, async (session) => [
    await findSlot(session, slotName(plan.name)),
    await currentPosition(session),
  ]);
  const copied = stored?.state === "following";
  return {
    stream: plan.name,
    state: stored === undefined ? "absent" : STATES[stored.state][locked ? "locked" : "free"],
    applied: copied ? formatLsn(stored.applied) : null,
    confirmed: slot === undefined ? null : formatLsn(slot.confirmed),
    sourcePosition: formatLsn(sourcePosition),
    lagBytes: copied ? Math.max(0, Number(sourcePosition - stored.applied)) : null,
    lastCommittedAt: stored?.committedAt ?? null,
    control,
    parked,
    guard: guard ?? null,
    drift,
    slot:
      slot === undefined
        ? null
        : {
            active: slot.active,
            walStatus: slot.walStatus,
            safeWalSize: slot.safeWalSize === null ? null : Number(slot.safeWalSize),
            keptBytes: Number(slot.keptBytes),
          },
  };
}

// --- internal ---

const STATES = {
  copying: { locked: "copying", free: "interrupted" },
  completing: { locked: "completing", free: "interrupted" },
  following: { locked: "following", free: "stopped" },
} as const;
