import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "@strangler/platform";
import type { StreamAddresses } from "../addresses.ts";
import { NOTHING_APPLIED, type ApplyCounts } from "../apply/applier.ts";
import type { SlotFacts } from "../capture/slot.ts";
import { StreamNotFollowingError } from "../errors.ts";
import { NO_CONFLICTS } from "../two-way/conflict-policy.ts";
import { NO_PARKING } from "../parked/parking.ts";
import type { StreamPlan } from "../plan/stream-plan.ts";
import type { Lsn } from "../postgres/lsn.ts";
import { createAlarmBook, judgeAlarms } from "./alarms.ts";
import { DEFAULT_LIMITS, type StreamLimits } from "./limits.ts";
import type { PositionView } from "./position-feed.ts";
import type { KafkaPort } from "../kafka/port.ts";
import { kafkaVariable } from "../kafka/connection.ts";
import { KafkaAddressMissingError } from "../kafka/errors.ts";
import { NothingToPublishError } from "../kafka/publish/errors.ts";
import { publishSession } from "../kafka/publish/publish-session.ts";
import { createRateMeter } from "./rate-meter.ts";
import { judge } from "./retry.ts";
import { runSession, type RunOptions, type RunView } from "./run-session.ts";
import { runThroughKafka } from "./run-through-kafka.ts";
import { watchDrift } from "../verify/watch-drift.ts";
import { createTableTally, type TableTally } from "./table-tally.ts";
import type { CopiedTable, StreamState, StreamStatus } from "./stream-status.ts";

export type StreamOptions = {
  plan: StreamPlan;
  addresses: StreamAddresses;
  log: Logger;
  limits?: Partial<StreamLimits>;
  /** Where the changes come from when the plan says that they go `through` a Kafka; whoever gives it closes it. */
  kafka?: KafkaPort;
  /** Which half of such a stream this is: what writes the topics, or (if not given) what reads them. */
  role?: StreamRole;
};

export type StreamRole = "publish" | "apply";

export type RunningStream = {
  status: () => StreamStatus;
  /** How far a reader of the target may rely on it. */
  position: () => PositionView;
  /** Where the source's log ends now: everything that is committed lies before it. Rejects while the stream does not follow. */
  sourcePosition: () => Promise<Lsn>;
  /** Resolves after `close`; rejects with what only a person can mend. */
  finished: Promise<void>;
  /** Stops between two transactions; one that is only half sent is undone and comes again at the next start. */
  close: () => Promise<void>;
};

/**
 * Runs a stream in this process: copies if it has never been copied, then follows. A database that goes away is waited for, with
 * growing pauses; the stream goes on by itself when it is back.
 */
export function startStream({ plan, addresses, log, limits: given = {}, kafka, role }: StreamOptions): RunningStream {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const stop = new AbortController();
  const meter = createRateMeter();
  const drift = watchDrift(plan, addresses);
  const tally = createTableTally();
  let state: StreamState = "starting";
  let reason: string | undefined;
  let view: RunView = {};
  const counts = { ...NOTHING_APPLIED };
  const conflicts = { ...NO_CONFLICTS };
  let progress = 0;
  let copied: CopiedTable[] = [];

  const alarms = createAlarmBook((alarm, sentence) => {
    if (sentence === undefined) log.info({ alarm }, "an alarm is over");
    else log.warn({ alarm }, sentence);
  });
  let wellAt = Date.now();
  const readAll = (): StreamStatus => {
    if (AT_WORK.has(state)) wellAt = Date.now();
    const status = {
      ...readStatus(state, reason, view, counts, tally),
      conflicts: { ...conflicts },
      mayTear: plan.through?.order === "per-key",
      changesPerSecond: meter.perSecond(),
      copied,
      drift: drift.view(),
    };
    const facts = {
      ...status,
      downMs: Date.now() - wellAt,
      parked: status.parked.transactions,
      drift: drift.view()?.rows ?? 0,
    };
    return { ...status, alarms: alarms.update(judgeAlarms(facts, limits), new Date()) };
  };

  const runOnce = sessionOf(plan, kafka, role);
  const attempt = () =>
    runOnce({
      plan,
      addresses,
      limits,
      counts,
      conflicts,
      tally,
      log,
      signal: stop.signal,
      onCopied: (table) => copied.push(table),
      onState: (next, nextView) => {
        if (next === "copying") copied = [];
        state = next;
        reason = undefined;
        view = nextView;
        progress += 1;
        log.info({ stream: plan.name }, next);
      },
    });

  async function run(): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    let hasFollowed = false;
    let checkedAgain = false;
    for (;;) {
      const before = progress;
      const commitsBefore = counts.commits;
      try {
        await attempt();
        state = "stopped";
        return;
      } catch (error) {
        if (stop.signal.aborted) {
          state = "stopped";
          return;
        }
        hasFollowed ||= view.follow !== undefined;
        if (counts.commits > commitsBefore) checkedAgain = false;
        const verdict = judgeAttempt(error, hasFollowed, checkedAgain);
        if (verdict === "never") {
          state = "failed";
          reason = describe(error);
          throw error;
        }
        checkedAgain ||= verdict === "once";
        if (progress > before) pauseMs = FIRST_PAUSE_MS;
        state = "waiting";
        reason = describe(error);
        log.warn({ stream: plan.name, reason, retryInMs: pauseMs }, "interrupted, will try again");
      }
      await pause(pauseMs, undefined, { signal: stop.signal }).catch(() => undefined);
      if (stop.signal.aborted) {
        state = "stopped";
        return;
      }
      pauseMs = Math.min(limits.retryMs, pauseMs * 2);
    }
  }

  const look = setInterval(readAll, LOOK_FOR_ALARMS_MS);
  const finished = run().finally(() => {
    clearInterval(look);
    meter.close();
    drift.close();
  });
  finished.catch(() => undefined);
  meter.start(() => counts.changes);
  return {
    status: readAll,
    position: () => ({ state, applied: view.follow?.applied() }),
    sourcePosition: async () => {
      if (state !== "following" || view.follow === undefined) throw new StreamNotFollowingError(plan.name, state);
      return view.follow.sourcePosition();
    },
    finished,
    close: async () => {
      stop.abort();
      await finished.catch(() => undefined);
    },
  };
}

// --- internal ---

const FIRST_PAUSE_MS = 200;
const LOOK_FOR_ALARMS_MS = 1_000;

/** States in which nobody need be woken because of the state. */
const AT_WORK: ReadonlySet<StreamState> = new Set(["copying", "completing", "following", "stopped"]);

// What one attempt is: the way straight from a slot to the target, or one of the two halves of the way through a Kafka.
function sessionOf({ name, through }: StreamPlan, kafka: KafkaPort | undefined, role: StreamRole = "apply") {
  if (role === "publish" && through?.writer !== "strangler") throw new NothingToPublishError(name);
  if (through === undefined) return runSession;
  if (kafka === undefined) throw new KafkaAddressMissingError(through.kafka, kafkaVariable(through.kafka, "BROKERS"));
  const run = { publish: publishSession, apply: runThroughKafka }[role];
  return (options: RunOptions) => run({ ...options, through, kafka });
}

function judgeAttempt(error: unknown, hasFollowed: boolean, checkedAgain: boolean) {
  const verdict = judge(error);
  if (verdict === "once" && checkedAgain) return "never";
  // Whoever has the lock while we were away may be a session of our own that its server has not given up yet.
  if (verdict === "never" && hasFollowed && isBusy(error)) return "again";
  return verdict;
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "STREAM_BUSY";
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function describeSlot(slot: SlotFacts | undefined): StreamStatus["slot"] {
  if (slot === undefined) return null;
  const { walStatus, safeWalSize, keptBytes } = slot;
  return { walStatus, safeWalSize: safeWalSize === null ? null : Number(safeWalSize), keptBytes: Number(keptBytes) };
}

const NOTHING_WAITS = { transactions: 0, rows: new Map<string, number>() };

function readStatus(
  state: StreamState,
  reason: string | undefined,
  { applier, follow, copy, windows, control, parking }: RunView,
  counts: ApplyCounts,
  tally: TableTally,
): Omit<StreamStatus, "copied" | "changesPerSecond" | "alarms" | "drift" | "conflicts" | "mayTear"> {
  const positions = follow?.positions();
  const waiting = follow?.waiting() ?? NOTHING_WAITS;
  const applied = applier?.position() ?? follow?.applied() ?? 0n;
  const logEnd = positions?.logEnd ?? 0n;
  return {
    state,
    mode: control?.mode() ?? "applying",
    parked: parking?.view() ?? NO_PARKING.view(),
    ...(reason === undefined ? {} : { reason }),
    received: positions?.received ?? 0n,
    applied,
    confirmed: positions?.confirmed ?? 0n,
    logEnd,
    lagBytes: logEnd > applied ? Number(logEnd - applied) : 0,
    lagMs: follow?.lagMs() ?? 0,
    lagTransactions: waiting.transactions,
    tables: tally.list(waiting.rows),
    ...counts,
    slot: describeSlot(follow?.slot()),
    spooled: positions?.spooled ?? null,
    copy: copy?.()?.status() ?? null,
    windows: windows?.() ?? null,
  };
}
