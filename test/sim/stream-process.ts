// The process that runs the stream: our own code, from the socket's bytes to the statements, between a simulated log and a
// simulated target. Only what run-session.ts does around it is done here in its place: read the position, see that the log goes on there, follow.

import { createApplier, NOTHING_APPLIED, type ApplyCounts } from "../../cdc/src/apply/applier.ts";
import type { NoteHandlers } from "../../cdc/src/apply/notes.ts";
import { findPosition } from "../../cdc/src/apply/position-store.ts";
import { openLog } from "../../cdc/src/capture/open-log.ts";
import type { StreamPlan } from "../../cdc/src/plan/stream-plan.ts";
import type { Session } from "../../cdc/src/postgres/session.ts";
import { createTableTally } from "../../cdc/src/run/table-tally.ts";
import { follow, type FollowView } from "../../cdc/src/run/follow.ts";
import { DEFAULT_LIMITS, type StreamLimits } from "../../cdc/src/run/limits.ts";
import { createLogger } from "@strangler/platform";
import type { Link } from "./link.ts";
import { TARGET_TABLES } from "./tables.ts";

export type ProcessOptions = {
  link: Link;
  target: Session;
  /** A session of the target that answers at once. */
  look: Session;
  /** What the source remembers of the slot. */
  slot: { confirmed: bigint; twoPhase: boolean };
  limits: Partial<StreamLimits>;
  sourceEnd: () => bigint;
  onNote: (content: string) => void;
};

export type StreamProcess = {
  counts: ApplyCounts;
  view: () => FollowView | undefined;
  /** Resolves when it was stopped; rejects with what ended it. */
  ended: Promise<void>;
  stop: () => void;
};

export const STREAM = "parcels";

export function startStreamProcess(options: ProcessOptions): StreamProcess {
  const { link, target, slot, onNote } = options;
  const stop = new AbortController();
  const counts = { ...NOTHING_APPLIED };

  const notes: NoteHandlers = {
    wanted: (note) => {
      onNote(note.content.toString());
      return Promise.resolve();
    },
  };
  let view: FollowView | undefined;
  const run = async () => {
    const position = await findPosition(options.look, STREAM);
    if (position === undefined) throw new Error("The simulated target has lost the stream's position.");
    const applier = createApplier({ session: target, stream: STREAM, position: position.applied, counts, notes, log });
    await follow({
      plan: PLAN,
      tables: TARGET_TABLES.map(({ resolved }) => resolved),
      open: openLog({
        session: replicationSession(link),
        slot: "simulated",
        publication: "simulated",
        serverVersion: 180_000,
        known: slot,
        spoolFolder: NO_FOLDER,
      }),
      from: position,
      openSource: () => Promise.resolve(sourceSession(options)),
      applier,
      notes,
      tally: createTableTally(),
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      log,
      signal: stop.signal,
      onFollowing: (following) => {
        view = following;
      },
    });
  };
  return { counts, view: () => view, ended: run(), stop: () => stop.abort() };
}

// --- internal ---

const log = createLogger({ name: "simulated", level: "silent" });

// Transactions here are small enough to wait in memory; nothing may depend on a disk.
const NO_FOLDER = "/nowhere";

const PLAN: StreamPlan = {
  name: STREAM,
  source: "shop",
  target: "shelf",
  tables: TARGET_TABLES.map(({ from, name, columns, key }) => ({
    from: `public.${from.name}`,
    to: `public.${name}`,
    key: key.map((place) => columns[place] as string),
    columns: Object.fromEntries(columns.map((column) => [column, column])),
  })),
};

function replicationSession(link: Link): Session {
  const session = {
    connection: { stream: link.socket },
    query: () => Promise.resolve({ rows: [{ setting: "60000" }], rowCount: 1 }),
    end: () => {
      link.end();
      return Promise.resolve();
    },
  };
  return session as unknown as Session;
}

// What is asked beside the log: where it ends, how the slot stands, whether the tables are still published.
function sourceSession({ slot, sourceEnd }: ProcessOptions): Session {
  const lsn = (position: bigint) => `${(position >> 32n).toString(16)}/${(position & 0xffff_ffffn).toString(16)}`;
  const published = PLAN.tables.map(({ from }) => ({ schema: "public", name: from.slice("public.".length) }));
  const answer = (text: string) => {
    if (text.includes("pg_publication_rel")) return published;
    if (text.includes("pg_publication")) return [{ exists: "1" }];
    if (!text.includes("pg_replication_slots")) return [{ lsn: lsn(sourceEnd()) }];
    return [{ active: "t", confirmed_flush_lsn: lsn(slot.confirmed), wal_status: "reserved", kept: "0" }];
  };
  const session = {
    query: (given: string | { text: string }) => {
      const rows = answer(typeof given === "string" ? given : given.text);
      return Promise.resolve({ rows, rowCount: rows.length });
    },
    end: () => Promise.resolve(),
  };
  return session as unknown as Session;
}
