// The log on one side, records that wait to be sent on the other. The log is held back at its socket while too much waits.

import type { LogPositions } from "../../capture/log-reader.ts";
import type { PgoutputMessage } from "../../capture/pgoutput.ts";
import type { Lsn } from "../../postgres/lsn.ts";
import type { ChangeSource, OpenChanges } from "../../run/change-source.ts";
import { createEventWriter, type EventWriterOptions } from "./event-writer.ts";
import { createOutgoing, type Outgoing } from "./outgoing.ts";

export type LogTapOptions = {
  open: OpenChanges;
  from: Lsn;
  waitingBytes: number;
  writer: Omit<EventWriterOptions, "emit">;
};

export type LogTap = {
  outgoing: Outgoing;
  /** Everything that the source has committed before it is in the topics. */
  written: () => Lsn;
  /** What the source was last told. */
  confirmed: () => Lsn;
  confirm: (position: Lsn) => void;
  positions: () => LogPositions;
  /** Rows that were told so far. */
  changes: () => number;
  /** To be called when records have been taken away. */
  relieve: () => void;
  fail: (error: unknown) => void;
  throwFailure: () => void;
  wake: () => void;
  /** Resolves when something has arrived since the last call, or after `limitMs`. */
  news: (limitMs: number) => Promise<void>;
  close: () => Promise<void>;
};

export async function openLogTap({ open, from, waitingBytes, writer: options }: LogTapOptions): Promise<LogTap> {
  const outgoing = createOutgoing(SHIPMENT);
  const writer = createEventWriter({ ...options, emit: outgoing.add });
  const bell = createBell();
  let failure: { error: unknown } | undefined;
  let horizon = 0n;
  let confirmed = from;
  let inTransaction = false;
  let isPaused = false;
  const fail = (error: unknown) => {
    failure ??= { error };
    bell.ring();
  };
  const take = (message: PgoutputMessage) => {
    writer.add(message);
    if (message.kind === "begin") inTransaction = true;
    if (message.kind !== "commit") return;
    inTransaction = false;
    outgoing.endTransaction(message.endLsn, message.commitTime);
    bell.ring();
  };
  // The first messages may come before the call that opens it has returned.
  const reading: { source?: ChangeSource } = {};
  const source = await open(
    { applied: from, cursor: null },
    {
      onMessage: (message) => {
        if (failure !== undefined) return;
        try {
          take(message);
        } catch (error) {
          fail(error);
        }
        holdBack();
      },
      onHorizon: (position) => {
        if (position > horizon) horizon = position;
        bell.ring();
      },
    },
  );
  reading.source = source;
  source.ended.catch(fail);
  if (isPaused) source.pause();

  function holdBack(): void {
    if (isPaused || outgoing.waitingBytes() <= waitingBytes) return;
    isPaused = true;
    // A transaction may be larger than all that may wait: what has come of it is sent before its end is known.
    bell.ring();
    reading.source?.pause();
  }

  return {
    outgoing,
    written: () => (outgoing.isEmpty() && !inTransaction && horizon > confirmed ? horizon : confirmed),
    confirmed: () => confirmed,
    confirm: (position) => {
      confirmed = position;
      source.confirm(position);
    },
    positions: () => source.positions(),
    changes: writer.changes,
    relieve: () => {
      if (!isPaused || outgoing.waitingBytes() >= waitingBytes / 2) return;
      isPaused = false;
      source.resume();
    },
    fail,
    throwFailure: () => {
      if (failure !== undefined) throw failure.error;
    },
    wake: bell.ring,
    news: bell.wait,
    close: () => source.close(),
  };
}

// --- internal ---

const SHIPMENT = { records: 5_000, bytes: 8 * 1024 * 1024 };

// Rung when something has arrived; who waits wakes, and who comes later does not wait.
function createBell() {
  let hasRung = false;
  let waiter: (() => void) | undefined;
  return {
    ring: () => {
      hasRung = true;
      waiter?.();
    },
    wait: async (limitMs: number) => {
      if (!hasRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, limitMs);
          waiter = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        waiter = undefined;
      }
      hasRung = false;
    },
  };
}
