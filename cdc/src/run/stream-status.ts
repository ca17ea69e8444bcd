import type { CopyStatus } from "../copy/copy-progress.ts";
import type { ControlMode } from "../control/control-store.ts";
import type { ParkedView } from "../parked/parking.ts";
import type { ConflictCounts } from "../two-way/conflict-policy.ts";
import type { Lsn } from "../postgres/lsn.ts";
import type { Drift } from "../verify/watch-drift.ts";
import type { Alarm } from "./alarms.ts";
import type { TableActivity } from "./table-tally.ts";

/** What a running stream is doing. `completing`: it follows, and rows that were never copied are still missing. */
export type StreamState = "starting" | "copying" | "completing" | "following" | "waiting" | "stopped" | "failed";

/** A running stream, seen from inside its process. */
export type StreamStatus = {
  state: StreamState;
  /** Whether it applies what it follows, see control-store.ts. */
  mode: ControlMode;
  /** What the target has refused and what waits behind it. */
  parked: ParkedView;
  /** Rows that both sides had changed, by kind, since the process began. */
  conflicts: ConflictCounts;
  /** While `waiting`: what went wrong, in a sentence. */
  reason?: string;
  /** The end of the log that has arrived. */
  received: Lsn;
  /** Everything before it is committed on the target. */
  applied: Lsn;
  /** Everything before it may be forgotten by the source. */
  confirmed: Lsn;
  /** Where the source's log ended when it last said so. */
  logEnd: Lsn;
  lagBytes: number;
  /**
   * The age of the oldest source transaction that has begun to wait and is not on the target yet; 0 when nothing waits. While
   * the source itself is still busy decoding older log, the age of the last transaction that was applied.
   */
  lagMs: number;
  /** Readers of the target may see source transactions in part: the stream goes through a Kafka, key by key. */
  mayTear: boolean;
  /** Complete source transactions that have arrived and are not on the target yet. */
  lagTransactions: number;
  /** What was written and what waits, by target table. */
  tables: readonly TableActivity[];
  /** What the last verifications have found; null until there was one. */
  drift: Drift | null;
  /** What somebody should look at. */
  alarms: readonly Alarm[];
  changes: number;
  transactions: number;
  commits: number;
  oneByOne: number;
  mended: number;
  alreadyGone: number;
  awaitingRepair: number;
  /** Row changes per second over the last seconds. */
  changesPerSecond: number;
  /** How the source keeps log for the stream; null before it follows. Sizes in bytes. */
  slot: { walStatus: string; safeWalSize: number | null; keptBytes: number } | null;
  /**
   * Transactions of the source that are kept until they are decided: how many still run, how many are prepared, and their bytes in
   * memory and on disk. While one is prepared, the source keeps its log from there on. Null where the source has no such thing.
   */
  spooled: { running: number; prepared: number; bytes: number } | null;
  /** How far the copy has come, or the reading of what is missing; null when neither was needed since the process began. */
  copy: CopyStatus | null;
  /** How many windows were begun to read rows beside the log, and how many of these had to be repeated; null before it follows. */
  windows: { begun: number; repeated: number } | null;
  /** The tables that this process has copied, in the order in which they were done. */
  copied: readonly CopiedTable[];
};

export type CopiedTable = { table: string; rows: number; ms: number };
