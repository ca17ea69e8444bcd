// One window after the other: notes and rows at the source, the verdict where the log brings the closing note, the writing where the
// target gets there. A window that is spoiled is read again, a little later each time.

import { setTimeout as pause } from "node:timers/promises";
import { randomUUID } from "node:crypto";
import type { FollowedTable } from "../apply/followed-table.ts";
import type { NoteHandler } from "../apply/notes.ts";
import type { IsFree } from "../parked/is-free.ts";
import type { Session } from "../postgres/session.ts";
import { hasExactKeys } from "./exact-keys.ts";
import { readWindow, type NotRead, type WindowRead, type WindowSpan } from "./read-window.ts";
import { createWindowWatcher, type LogWatcher } from "./watch-log.ts";
import { createWindowLog, type SpoiledReason, type WindowVerdict } from "./window-log.ts";
import { readNote } from "./window-note.ts";
import type { WindowOutcome } from "./window-request.ts";
import { untouched, withoutParked, writeWindow, type RefusedRow, type WindowWork } from "./write-window.ts";

export type WindowsSource = {
  session: Session;
  serverVersion: number;
  prefix: string;
  /** See createWindowLog. */
  floor: number;
  bounds: { rows: number; bytes: number };
  isFree: IsFree;
  onBegin: () => void;
  /** Told of windows that have to be repeated. */
  onRepeat: (why: SpoiledReason | "early", attempt: number) => void;
  signal: AbortSignal;
};

/** What a window has come to, in the target's transaction that is still open. */
export type WindowResult = {
  read: WindowRead;
  work: WindowWork;
  outcome: WindowOutcome;
  refused: readonly RefusedRow[];
};

export type OneWindow = {
  watcher: LogWatcher;
  onNote: NoteHandler;
  /** Runs one. `finish` notes what was done, in the same target transaction. Answers why it was not read, if it was not. */
  run: (window: {
    layout: FollowedTable;
    span: WindowSpan;
    finish: (target: Session, result: WindowResult) => Promise<void>;
  }) => Promise<WindowResult | Extract<NotRead, { kind: "moved" }>>;
  forgetBelow: (transaction: number) => void;
};

export function createOneWindow(source: WindowsSource): OneWindow {
  const process = randomUUID();
  let serial = 0;
  let current: Current | undefined;
  const log = createWindowLog(source.floor);
  const watcher = createWindowWatcher(log, source.prefix, (id, verdict) => {
    if (current?.id === id) current.verdict = verdict;
  });

  async function attempt(layout: FollowedTable, span: WindowSpan, finish: Finish, tries: number): Promise<Attempted> {
    const id = `${process}-${(serial += 1)}`;
    const ended = Promise.withResolvers<Attempted>();
    const begun: Current = { id, layout, span, finish, read: undefined, verdict: undefined, ended };
    current = begun;
    watcher.expect(id, layout.resolved);
    source.onBegin();
    const notRead = await readWindow({
      ...source,
      id,
      layout,
      span,
      settle: () => (tries === 0 ? Promise.resolve() : pause(delayMs(tries), undefined, { signal: source.signal })),
      isKnown: log.knowsAll,
      onRead: (read) => {
        begun.read = read;
      },
    });
    return notRead ?? ended.promise;
  }

  const onNote: NoteHandler = async (note, writer) => {
    const parsed = readNote(note.content);
    if (parsed === undefined || parsed.open || current?.id !== parsed.id) return;
    const { layout, span, finish, read, verdict, ended } = current;
    if (read === undefined || verdict === undefined) return;
    const why = whyNot(layout, span, verdict);
    if (why !== undefined || !verdict.good) {
      ended.resolve({ kind: "spoiled", why: why ?? "unknown" });
      return;
    }
    const work = await withoutParked(layout, untouched(layout, read, verdict.touched), source.isFree);
    const { refused, ...outcome } = await writeWindow(writer, layout, work);
    const result = { read, work, outcome, refused };
    await finish(writer.session, result);
    ended.resolve({ kind: "written", result });
  };

  return {
    watcher,
    onNote,
    async run({ layout, span, finish }) {
      for (let tries = 0; ; tries += 1) {
        const attempted = await attempt(layout, span, finish, tries);
        if (attempted.kind === "written") return attempted.result;
        if (attempted.kind === "moved") return attempted;
        source.onRepeat(attempted.kind === "early" ? "early" : attempted.why, tries + 1);
        await pause(delayMs(tries), undefined, { signal: source.signal });
      }
    },
    forgetBelow: log.forgetBelow,
  };
}

// --- internal ---

type Finish = (target: Session, result: WindowResult) => Promise<void>;

type Current = {
  id: string;
  layout: FollowedTable;
  span: WindowSpan;
  finish: Finish;
  read: WindowRead | undefined;
  verdict: WindowVerdict | undefined;
  ended: PromiseWithResolvers<Attempted>;
};

type Attempted = { kind: "written"; result: WindowResult } | { kind: "spoiled"; why: SpoiledReason } | NotRead;

const LONGEST_DELAY_MS = 1_000;

function delayMs(tries: number): number {
  return Math.min(LONGEST_DELAY_MS, 2 ** tries * 5);
}

// A row is removed because the source did not have it. Where equal keys may be spelled differently, a row that came meanwhile might
// not be recognized by its spelling, so nothing may have come.
function whyNot(layout: FollowedTable, span: WindowSpan, verdict: WindowVerdict): SpoiledReason | undefined {
  if (!verdict.good) return verdict.why;
  const mayBeMistaken = span.kind === "keys" && verdict.touched.size > 0 && !hasExactKeys(layout.resolved);
  return mayBeMistaken ? "altered" : undefined;
}
