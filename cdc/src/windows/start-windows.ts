// What is read anew while the stream follows: rows whose keys wait in the target store, and parts of tables that were never copied or
// are not to be trusted. One window at a time, so that no more than one window's rows are ever in memory and the log's own changes
// come first.

import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "@strangler/platform";
import type { NoteHandlers } from "../apply/notes.ts";
import { storeWhole } from "../apply/position-store.ts";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { analyze } from "../copy/analyze.ts";
import type { CopyProgress } from "../copy/copy-progress.ts";
import { rebuildIndexes } from "../copy/deferred-indexes.ts";
import { closeSession, type Session } from "../postgres/session.ts";
import type { StreamLimits } from "../run/limits.ts";
import { createOneWindow, type OneWindow } from "./one-window.ts";
import { createPartReader } from "./read-parts.ts";
import { createRowRepairer } from "./repair-rows.ts";
import type { LogWatcher } from "./watch-log.ts";
import { WINDOW_PREFIX } from "./window-note.ts";
import type { IsFree } from "../parked/is-free.ts";
import { createLayouts } from "./window-rows.ts";

export type WindowsOptions = {
  stream: string;
  tables: readonly ResolvedTable[];
  serverVersion: number;
  openSource: () => Promise<Session>;
  openTarget: () => Promise<Session>;
  limits: StreamLimits;
  isFree: IsFree;
  /** Called once, when nothing is missing any more. */
  onWhole: () => void;
  log: Logger;
};

/** `repeated`: of those that were begun, those that were spoiled, or begun too early. */
export type WindowCounts = { begun: number; repeated: number };

export type Windows = {
  notes: NoteHandlers;
  watcher: LogWatcher;
  /** Nothing of this table is missing, so that a change of the log has something to change. */
  isWhole: (table: ResolvedTable) => boolean;
  /** Undefined when nothing was missing since the windows began. */
  progress: () => CopyProgress | undefined;
  counts: () => WindowCounts;
  /** Begins to work, once the log flows. `lagMs`: how far the target is behind. Calls `onTrouble` with what stopped it. */
  start: (lagMs: () => number, onTrouble: (error: unknown) => void) => void;
  /** Looks for keys that wait now, instead of within a second. */
  nudge: () => void;
  close: () => Promise<void>;
};

/** Prepares windows. To be called before the log is opened: the number that it asks for must be older than what the log tells. */
export async function createWindows(options: WindowsOptions): Promise<Windows> {
  const { stream, tables, limits, log } = options;
  const [source, target] = await openBoth(options);
  const stop = new AbortController();
  const prefix = `${WINDOW_PREFIX}.${stream}`;
  const counts = { begun: 0, repeated: 0 };
  const one = createOneWindow({
    session: source,
    serverVersion: options.serverVersion,
    prefix,
    floor: await takeNumber(source),
    bounds: { rows: limits.windowRows, bytes: limits.windowBytes },
    isFree: options.isFree,
    onBegin: () => (counts.begun += 1),
    onRepeat: (why, attempt) => {
      counts.repeated += 1;
      log.debug({ why, attempt }, "a window is repeated");
    },
    signal: stop.signal,
  });
  const layouts = createLayouts();
  const parts = createPartReader({ stream, tables, target, one, layouts, windowRows: limits.windowRows, log });
  const repair = createRowRepairer({ stream, tables, target, one, layouts, log });
  await parts.look();
  let wake = () => undefined as void;
  let working: Promise<void> = Promise.resolve();

  async function rest(): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    await Promise.race([woken, pause(LOOK_EVERY_MS, undefined, { signal: stop.signal })]);
  }

  async function work(lagMs: () => number): Promise<void> {
    const forget = forgetter(one, source);
    let isWhole = false;
    for (;;) {
      await breathe(lagMs, limits.windowLagMs, stop.signal);
      const { waited, settled } = await repair();
      const isReading = await parts.readOne();
      if (isReading || settled > 0) continue;
      if (!isWhole && waited === 0) {
        await becomeWhole(options, target, parts.progress() !== undefined);
        isWhole = true;
      }
      await rest();
      await forget();
      await parts.look();
    }
  }

  return {
    notes: { [prefix]: one.onNote },
    watcher: one.watcher,
    isWhole: parts.isWhole,
    progress: parts.progress,
    counts: () => ({ ...counts }),
    start: (lagMs, onTrouble) => {
      working = work(lagMs).catch((error: unknown) => {
        if (!stop.signal.aborted) onTrouble(error);
      });
    },
    nudge: () => wake(),
    close: async () => {
      stop.abort();
      await Promise.all([closeSession(source), closeSession(target)]);
      // A window whose note does not come any more waits for ever; nothing of it is on the target.
      await Promise.race([working, pause(CLOSE_PATIENCE_MS, undefined, { ref: false })]);
    },
  };
}

// --- internal ---

const LOOK_EVERY_MS = 1_000;
const FORGET_EVERY_MS = 2_000;
const CLOSE_PATIENCE_MS = 100;
/** A window waits no longer than this for the target to come closer, so that a stream that is always behind gets done, too. */
const LONGEST_BREATH_MS = 1_000;

async function openBoth({ openSource, openTarget }: WindowsOptions): Promise<[Session, Session]> {
  const source = await openSource();
  try {
    return [source, await openTarget()];
  } catch (error) {
    await closeSession(source);
    throw error;
  }
}

async function breathe(lagMs: () => number, limitMs: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + LONGEST_BREATH_MS;
  while (lagMs() > limitMs && performance.now() < until) await pause(20, undefined, { signal });
}

async function becomeWhole(
  { stream, tables, log, onWhole }: WindowsOptions,
  target: Session,
  wasIncomplete: boolean,
): Promise<void> {
  await rebuildIndexes(target, stream, (index, ms) => log.info({ index, ms }, "index built"));
  if (wasIncomplete) for (const { to } of tables) await analyze(target, to);
  await storeWhole(target, stream);
  onWhole();
}

// A number that is taken is higher than that of every transaction that has committed so far.
async function takeNumber(source: Session): Promise<number> {
  const { rows } = await source.query<{ number: string }>("SELECT pg_catalog.pg_current_xact_id() AS number");
  return Number(rows[0]?.number);
}

function forgetter(one: OneWindow, source: Session): () => Promise<void> {
  let forgotAt = performance.now();
  return async () => {
    if (performance.now() - forgotAt < FORGET_EVERY_MS) return;
    const { rows } = await source.query<{ number: string }>(
      "SELECT pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot()) AS number",
    );
    one.forgetBelow(Number(rows[0]?.number));
    forgotAt = performance.now();
  };
}
