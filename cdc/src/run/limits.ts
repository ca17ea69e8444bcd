/** The bounds within which a stream works. */
export type StreamLimits = {
  /** Bytes of log that may wait for the target before the source is asked to pause. */
  waitingBytes: number;
  /** A unit of work is closed at this many bytes or changes. */
  pieceBytes: number;
  pieceChanges: number;
  /** How many refused source transactions may be parked before the stream stops; with 0 it stops at the first. */
  parkedTransactions: number;
  /** How many keys these may touch. */
  parkedKeys: number;
  /** Parts of tables copied at once, and about how large a part is. */
  copyWorkers: number;
  copyChunkBytes: number;
  /** Drop secondary indexes of empty target tables before the copy, and build them after it. */
  deferIndexes: boolean;
  /** What one window reads at most. */
  windowRows: number;
  windowBytes: number;
  /** While the target is further behind than this, windows wait. */
  windowLagMs: number;
  /** How often the position is moved on while the log brings nothing for this stream. */
  idleAdvanceMs: number;
  /** ... or earlier, when this much log has passed. */
  idleAdvanceBytes: bigint;
  /** How long a start waits for the lock of a process that may just have died. */
  lockPatienceMs: number;
  /** How long a stop waits for the transaction that is under way before it is undone. */
  closePatienceMs: number;
  /** The slot is made so that standbys keep it too, and a takeover needs no re-sync. PostgreSQL 17; see the preflight for what else it needs. */
  failoverSlot: boolean;
  /** The longest pause between two attempts while a database is away. */
  retryMs: number;
  /** From when on an alarm is raised: so long neither copying nor following, a change that has waited so long, so much log kept. */
  alarmDownMs: number;
  alarmLagMs: number;
  alarmWalBytes: number;
};

export const DEFAULT_LIMITS: StreamLimits = {
  waitingBytes: 32 * 1024 * 1024,
  pieceBytes: 4 * 1024 * 1024,
  pieceChanges: 10_000,
  parkedTransactions: 1_000,
  parkedKeys: 100_000,
  copyWorkers: 2,
  copyChunkBytes: 64 * 1024 * 1024,
  deferIndexes: false,
  windowRows: 5_000,
  windowBytes: 4 * 1024 * 1024,
  windowLagMs: 1_000,
  // Not oftener: when source and target share a server, storing the position is itself log that passes.
  idleAdvanceMs: 5_000,
  idleAdvanceBytes: 1024n * 1024n,
  lockPatienceMs: 3_000,
  closePatienceMs: 3_000,
  failoverSlot: false,
  retryMs: 5_000,
  alarmDownMs: 30_000,
  alarmLagMs: 60_000,
  alarmWalBytes: 1024 * 1024 * 1024,
};
