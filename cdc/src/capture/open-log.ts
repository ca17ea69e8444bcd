import { sweepSpools } from "./spool.ts";
import type { OpenChanges } from "../run/change-source.ts";
import type { Lsn } from "../postgres/lsn.ts";
import type { Session } from "../postgres/session.ts";
import { createAssembler } from "./assemble.ts";
import { startLogReader, type LogReader } from "./log-reader.ts";
import type { SlotFacts } from "./slot.ts";

export type LogOptions = {
  /** A session opened with `replication`; the source owns it from here on. */
  session: Session;
  slot: string;
  publication: string;
  /** As server_version_num writes it. */
  serverVersion: number;
  /** What the source remembers of the slot. */
  known: Pick<SlotFacts, "twoPhase" | "confirmed">;
  /** See LogReaderOptions. */
  localOnly?: boolean;
  /** Where large transactions wait for their commit; the system's folder for passing files if not given. */
  spoolFolder?: string | undefined;
};

/** The changes of a replication slot. */
export function openLog({ known, spoolFolder, ...options }: LogOptions): OpenChanges {
  return async ({ applied }, listener) => {
    await sweepSpools(spoolFolder);
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => undefined);
    const valve = createValve();
    const assembler = createAssembler({
      listener,
      applied,
      onHold: (hold) => valve.set("held", hold),
      onFailure: broken.reject,
      ...(spoolFolder === undefined ? {} : { spool: { folder: spoolFolder } }),
    });
    const reader = await startLogReader({
      ...options,
      from: beginning(known, applied),
      onMessage: assembler.add,
      onKeepalive: assembler.addHorizon,
      isBehind: listener.isBehind,
    }).catch(async (error: unknown) => {
      await assembler.close();
      throw error;
    });
    valve.attach(reader);
    const ended = Promise.race([reader.ended, broken.promise]);
    ended.catch(() => undefined);
    return {
      confirm: (position) => reader.confirm(assembler.confirmable(position)),
      pause: () => {
        assembler.pause();
        valve.set("paused", true);
      },
      resume: () => {
        assembler.resume();
        valve.set("paused", false);
      },
      positions: () => ({ ...reader.positions(), spooled: assembler.view() }),
      ended,
      close: async () => {
        await Promise.all([reader.close(), assembler.close()]);
      },
    };
  };
}

// --- internal ---

// A slot that tells of prepared transactions may have one before the stored position that nobody has decided; it is sent again only
// to who begins where the slot does.
function beginning({ twoPhase, confirmed }: LogOptions["known"], applied: Lsn): Lsn {
  return twoPhase && confirmed < applied ? confirmed : applied;
}

/** Lets the socket flow while nobody objects. */
function createValve() {
  const objections = new Set<"held" | "paused">();
  let reader: Pick<LogReader, "pause" | "resume"> | undefined;
  return {
    set(who: "held" | "paused", objects: boolean) {
      const before = objections.size;
      if (objects) objections.add(who);
      else objections.delete(who);
      if (before === 0 && objections.size > 0) reader?.pause();
      else if (before > 0 && objections.size === 0) reader?.resume();
    },
    attach(opened: Pick<LogReader, "pause" | "resume">) {
      reader = opened;
      if (objections.size > 0) reader.pause();
    },
  };
}
