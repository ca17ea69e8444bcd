// What somebody should be woken for. Each alarm is one line of the table: when it is on, and what to say then.

import type { StreamStatus } from "./stream-status.ts";

export type AlarmName = "down" | "lag" | "wal" | "slot" | "parked" | "drift" | "prepared";

/** An alarm that is on. */
export type Alarm = {
  name: AlarmName;
  /** What is wrong, and what to do. */
  sentence: string;
  /** ISO 8601. */
  since: string;
};

/** From when on, in milliseconds and bytes. */
export type AlarmLimits = { alarmDownMs: number; alarmLagMs: number; alarmWalBytes: number };

/** What the alarms are judged by. */
export type AlarmFacts = Pick<StreamStatus, "state" | "reason" | "lagMs" | "slot" | "spooled"> & {
  /** How long it has neither copied nor followed. */
  downMs: number;
  /** Source transactions that are parked. */
  parked: number;
  /** Rows that the last look at both sides found different. */
  drift: number;
};

/** Which alarms are on, with their sentences. Pure. */
export function judgeAlarms(facts: AlarmFacts, limits: AlarmLimits): Map<AlarmName, string> {
  const on = new Map<AlarmName, string>();
  for (const [name, judge] of Object.entries(ALARMS) as [AlarmName, Judge][]) {
    const sentence = judge(facts, limits);
    if (sentence !== undefined) on.set(name, sentence);
  }
  return on;
}

/** Remembers since when each alarm has been on. Tells `onChange` when one goes on or off. */
export function createAlarmBook(onChange: (name: AlarmName, sentence: string | undefined) => void) {
  const book = new Map<AlarmName, Alarm>();
  return {
    update(on: ReadonlyMap<AlarmName, string>, now: Date): readonly Alarm[] {
      for (const name of book.keys()) {
        if (on.has(name)) continue;
        book.delete(name);
        onChange(name, undefined);
      }
      for (const [name, sentence] of on) {
        const known = book.get(name);
        if (known === undefined) onChange(name, sentence);
        book.set(name, { name, sentence, since: known?.since ?? now.toISOString() });
      }
      return [...book.values()];
    },
  };
}

// --- internal ---

type Judge = (facts: AlarmFacts, limits: AlarmLimits) => string | undefined;

const MIB = 1024 * 1024;

const ALARMS: Readonly<Record<AlarmName, Judge>> = {
  down: ({ state, reason, downMs }, { alarmDownMs }) =>
    state === "failed" || downMs >= alarmDownMs
      ? `It has not followed for ${seconds(downMs)}: ${reason ?? `it is ${state}`}.`
      : undefined,
  lag: ({ lagMs }, { alarmLagMs }) =>
    lagMs >= alarmLagMs
      ? `The oldest change has waited for ${seconds(lagMs)}. Look whether the target is locked, or slower than the source writes.`
      : undefined,
  wal: ({ slot }, { alarmWalBytes }) =>
    slot !== null && slot.keptBytes >= alarmWalBytes
      ? `The source keeps ${Math.round(slot.keptBytes / MIB)} MiB of log for it. If it cannot follow soon, drop it before the disk is full.`
      : undefined,
  slot: ({ slot }) =>
    slot !== null && (slot.walStatus === "unreserved" || slot.walStatus === "lost")
      ? `Its slot is "${slot.walStatus}": the source ${slot.walStatus === "lost" ? "has removed" : "may remove at any moment"} log that it needs. ` +
        "Raise max_slot_wal_keep_size."
      : undefined,
  parked: ({ parked }) =>
    parked > 0
      ? `${parked} transactions are parked because the target refused a change. See "strangler stream parked".`
      : undefined,
  drift: ({ drift }) =>
    drift > 0 ? `${drift} rows differ between source and target. See "strangler verify".` : undefined,
  prepared: ({ spooled, lagMs }, { alarmLagMs }) =>
    spooled !== null && spooled.prepared > 0 && lagMs >= alarmLagMs
      ? `${spooled.prepared} prepared transactions of the source wait for a decision, and hold its log. Commit or roll them back.`
      : undefined,
};

/** Every alarm there is. */
export const ALARM_NAMES = Object.keys(ALARMS) as readonly AlarmName[];

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
