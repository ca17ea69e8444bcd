// A running stream tells of what the last verifications found; whoever verifies leaves it in the target's store.

import type { StreamAddresses } from "../addresses.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import { withSession } from "../postgres/session.ts";
import { findVerifications, type StoredVerification } from "./progress-store.ts";

/** What is known of how equal both sides are. */
export type Drift = {
  /** Rows that differ, in all tables, as far as they were looked at. */
  rows: number;
  /** When the table that was verified longest ago was, ISO 8601; null while one never was to its end. */
  verifiedAt: string | null;
};

export type DriftWatch = {
  /** Null until anything was verified. */
  view: () => Drift | null;
  close: () => void;
};

/** Looks every few seconds, with a session that lasts no longer than the look. That the target is away is for others to notice. */
export function watchDrift(plan: StreamPlan, { apply }: StreamAddresses): DriftWatch {
  const target = { url: apply, what: `The target "${plan.target}"`, application: `strangler stream ${plan.name}` };
  let view: Drift | null = null;
  const look = async () => {
    view = summarize(await withSession(target, (session) => findVerifications(session, plan.name)));
  };
  const timer = setInterval(() => void look().catch(() => undefined), LOOK_EVERY_MS);
  timer.unref();
  void look().catch(() => undefined);
  return { view: () => view, close: () => clearInterval(timer) };
}

/** All tables' verifications as one. Pure. */
export function summarize(verifications: readonly StoredVerification[]): Drift | null {
  if (verifications.length === 0) return null;
  const ends = verifications.map(({ endedAt }) => endedAt);
  return {
    rows: verifications.reduce(
      (sum, { differences: { missing, extra, changed } }) => sum + missing + extra + changed,
      0,
    ),
    verifiedAt: ends.includes(null) ? null : (ends.sort()[0] ?? null),
  };
}

// --- internal ---

const LOOK_EVERY_MS = 10_000;
