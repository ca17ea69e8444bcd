// Whether a stream may go on where it stands: one table of what can have happened to its slot and to its source, asked from the top
// down. A server does not complain when it is asked for log that it has not; it begins later (PostgreSQL's manual, under
// START_REPLICATION), or sends the log of another history. So every gap must be seen from here.

import type { SlotFacts } from "../capture/slot.ts";
import { formatLsn, type Lsn } from "../postgres/lsn.ts";

/** What is known when a stream is about to go on. */
export type ContinuityFacts = {
  stream: string;
  slotName: string;
  stored: StoredSource & { applied: Lsn };
  source: SourceFacts;
  slot: SlotFacts | undefined;
};

/** Which source the stored position belongs to. `timeline` is null for a position that was stored without it. */
export type StoredSource = { system: string; database: string; timeline: number | null };

export type SourceFacts = {
  /** The server's identity: of all servers that began as copies of one. */
  system: string;
  /** Which of their histories it is: every takeover and every restored backup begins a new one. */
  timeline: number;
  database: string;
  /** A standby that has not taken over, or a server that still restores a backup. */
  inRecovery: boolean;
  /** Where its log ends. */
  logEnd: Lsn;
  /** Where its history branched off the stored timeline; undefined when it is the same one, or it cannot be known. */
  branchedAt: Lsn | undefined;
};

/**
 * What to do. `go on`. `wait`: it mends itself. `resync`: the changes in between cannot be had any more, but every row can be read
 * again beside a new slot (windows), so that what is equal stays. `person`: somebody must say what is meant.
 */
export type Remedy = "go on" | "wait" | "resync" | "person";

export type ContinuityState =
  | "standby"
  | "other server"
  | "other database"
  | "slot not kept"
  | "slot missing"
  | "slot lost"
  | "history lost"
  | "log lost"
  | "slot moved"
  | "renamed"
  | "taken over"
  | "continuous";

export type Continuity = { state: ContinuityState; remedy: Remedy; sentence: string };

/** Judges by the first line of the table that applies. Pure. */
export function judgeContinuity(facts: ContinuityFacts): Continuity {
  const line = TABLE.find(({ applies }) => applies(facts)) ?? CONTINUOUS;
  return { state: line.state, remedy: line.remedy, sentence: line.sentence(facts) };
}

/** Why the server has given a slot up; undefined while it has not. */
export function lostSlot({ walStatus, invalidationReason }: SlotFacts): string | undefined {
  if (walStatus !== "lost" && invalidationReason === null) return undefined;
  return LOST[invalidationReason ?? "wal_removed"] ?? `the source has given the slot up (${invalidationReason})`;
}

// --- internal ---

type Line = {
  state: ContinuityState;
  remedy: Remedy;
  applies: (facts: ContinuityFacts) => boolean;
  sentence: (facts: ContinuityFacts) => string;
};

const CONTINUOUS: Line = {
  state: "continuous",
  remedy: "go on",
  applies: () => true,
  sentence: () => "The slot begins where the stream stands",
};

const TABLE: readonly Line[] = [
  {
    state: "standby",
    remedy: "wait",
    applies: ({ source }) => source.inRecovery,
    sentence: () => "the source is a standby, or still restores a backup; the stream goes on when it has taken over",
  },
  {
    state: "other server",
    remedy: "person",
    applies: ({ source, stored }) => source.system !== stored.system,
    sentence: () =>
      "the source is not the server that was copied from (another system identifier); positions of different servers cannot be compared",
  },
  {
    // A slot belongs to a database, not to its name.
    state: "other database",
    remedy: "person",
    applies: ({ source, stored, slot }) => source.database !== stored.database && slot?.database !== source.database,
    sentence: ({ source, stored }) =>
      `the source is not the database that was copied from ("${stored.database}", and this is "${source.database}")`,
  },
  {
    state: "slot not kept",
    remedy: "resync",
    applies: ({ slot, source, stored }) => slot === undefined && isBranch(source, stored),
    sentence: ({ slotName, source, stored }) =>
      `another server has taken over, or a backup was restored (timeline ${source.timeline}, it was ${stored.timeline}), ` +
      `and it has no slot "${slotName}" any more; slots go along only when they are failover slots (PostgreSQL 17)`,
  },
  {
    state: "slot missing",
    remedy: "resync",
    applies: ({ slot }) => slot === undefined,
    sentence: ({ slotName }) => `the source has no slot "${slotName}" any more`,
  },
  {
    state: "slot lost",
    remedy: "resync",
    applies: ({ slot }) => slot !== undefined && lostSlot(slot) !== undefined,
    sentence: ({ slot }) => (slot === undefined ? "" : (lostSlot(slot) ?? "")),
  },
  {
    state: "history lost",
    remedy: "resync",
    applies: ({ source, stored }) => source.branchedAt !== undefined && source.branchedAt < stored.applied,
    sentence: ({ source, stored }) =>
      `the source goes on from ${formatLsn(source.branchedAt ?? 0n)} (timeline ${source.timeline}), and the target already has what came ` +
      `until ${formatLsn(stored.applied)}: a standby took over that had not received it, or a backup was restored`,
  },
  {
    state: "log lost",
    remedy: "resync",
    applies: ({ source, stored }) => source.logEnd < stored.applied,
    sentence: ({ source, stored }) =>
      `the source's log ends at ${formatLsn(source.logEnd)}, and the target already has what came until ${formatLsn(stored.applied)}: ` +
      `an older copy of the source was restored`,
  },
  {
    state: "slot moved",
    remedy: "resync",
    applies: ({ slot, stored }) => slot !== undefined && slot.confirmed > stored.applied,
    sentence: ({ slot, stored }) =>
      `the slot was moved past the stream's position ` +
      `(${formatLsn(stored.applied)} was applied, the slot begins at ${formatLsn(slot?.confirmed ?? 0n)})`,
  },
  {
    state: "renamed",
    remedy: "go on",
    applies: ({ source, stored }) => source.database !== stored.database,
    sentence: ({ source, stored }) => `the database "${stored.database}" is called "${source.database}" now`,
  },
  {
    state: "taken over",
    remedy: "go on",
    applies: ({ source, stored }) => isBranch(source, stored),
    sentence: ({ source, stored }) =>
      `another server has taken over with the slot and all that the target has (timeline ${source.timeline}, it was ${stored.timeline})`,
  },
];

/** By the server's words in pg_replication_slots.invalidation_reason. */
const LOST: Readonly<Record<string, string>> = {
  wal_removed:
    "the source has removed log that the slot still needed, because more than max_slot_wal_keep_size was waiting",
  rows_removed: "the source has removed catalog rows that the slot still needed",
  wal_level_insufficient: 'the source ran for a while with a wal_level other than "logical"',
  idle_timeout: "the source has given the slot up after idle_replication_slot_timeout",
};

function isBranch(source: SourceFacts, stored: StoredSource): boolean {
  return stored.timeline !== null && source.timeline !== stored.timeline;
}
