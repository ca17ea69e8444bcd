import { findPublication, tablesMissing } from "../capture/publication.ts";
import { currentPosition, findSlot, logSnapshot, type SlotFacts } from "../capture/slot.ts";
import { PublicationChangedError, SlotLostError } from "../errors.ts";
import { slotName, splitTable, type StreamPlan } from "../plan/stream-plan.ts";
import type { Lsn } from "../postgres/lsn.ts";
import { formatTable } from "../postgres/quote.ts";
import { closeSession, type Session } from "../postgres/session.ts";
import { lostSlot } from "./continuity.ts";

/** What is known of the source beside its log: the log itself is silent while the socket is held back, or a table is left out. */
export type SourceView = { logEnd: Lsn; slot: SlotFacts | undefined };

export type SourceWatch = {
  view: () => SourceView;
  /** Where the source's log ends now: everything that is committed lies before it. Rejects when the source cannot be asked. */
  position: () => Promise<Lsn>;
  close: () => Promise<void>;
};

/**
 * Looks at the source every few seconds until it is closed. Calls `onTrouble` when the source does not publish the plan's tables
 * any more, or has given up the slot. That the source is away is for the log's reader to notice.
 */
export async function watchSource(
  plan: StreamPlan,
  open: () => Promise<Session>,
  onTrouble: (error: Error) => void,
): Promise<SourceWatch> {
  const session = await open();
  const tables = plan.tables.map(({ from }) => splitTable(from));
  let view: SourceView = { logEnd: 0n, slot: undefined };
  let looking: Promise<void> = Promise.resolve();
  const inTurn = takeTurns();
  const position = () => inTurn(() => currentPosition(session));

  const letGo = createLetGo(() => inTurn(() => logSnapshot(session)));

  const look = async () => {
    const logEnd = await position();
    view = { logEnd, slot: await inTurn(() => findSlot(session, slotName(plan.name))) };
    const lost = view.slot === undefined ? undefined : lostSlot(view.slot);
    if (lost !== undefined) onTrouble(new SlotLostError(plan.name, lost, "slot lost"));
    await letGo(view);
    const published = await inTurn(() => findPublication(session, slotName(plan.name)));
    const missing = tablesMissing(published ?? [], tables);
    if (missing.length > 0) onTrouble(new PublicationChangedError(plan.name, missing.map(formatTable)));
  };
  const timer = setInterval(() => {
    looking = look().catch(() => undefined);
  }, LOOK_EVERY_MS);
  await look().catch(() => undefined);
  return {
    view: () => view,
    position,
    close: async () => {
      clearInterval(timer);
      await closeSession(session);
      await looking;
    },
  };
}

// --- internal ---

const LOOK_EVERY_MS = 2_000;

/** A quarter of a segment: less is not worth asking for. */
const WORTH_BYTES = 4n * 1024n * 1024n;

// A slot lets go of its log only where the server has noted which transactions were running, which it does every 15 seconds at most
// (LOG_SNAPSHOT_INTERVAL_MS). A source that writes much elsewhere would keep all of that for a stream which has nothing to do.
function createLetGo(ask: () => Promise<boolean>) {
  let may = true;
  let askedAt = 0n;
  return async ({ logEnd, slot }: SourceView): Promise<void> => {
    if (!may || slot === undefined || slot.keptBytes < WORTH_BYTES || logEnd - askedAt < WORTH_BYTES) return;
    const unconfirmed = logEnd - slot.confirmed;
    if (unconfirmed * 2n > slot.keptBytes) return;
    askedAt = logEnd;
    may = await ask();
  };
}

// One question at a time on one connection.
function takeTurns() {
  let last: Promise<unknown> = Promise.resolve();
  return <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    const answer = last.then(ask);
    last = answer.catch(() => undefined);
    return answer;
  };
}
