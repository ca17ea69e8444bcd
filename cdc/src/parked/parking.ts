// Parking. A change that the target refuses must neither stop what is independent of it nor be skipped. Its whole source
// transaction is laid into the target's store, and so is every later one that touches what it touches (touch.ts), and every one
// that touches what those touch: what is left goes on, in order, as if the parked ones came later. All of this happens in the
// target transaction that moves the position.
//
// A transaction of several pieces has been written in part when a later piece is refused, and its earlier pieces are not in memory
// any more. It is then undone, noted as "set aside", and read from the log again; this time its pieces go straight to the store.

import type { BeginMessage } from "../capture/pgoutput.ts";
import type { FollowedTable } from "../apply/followed-table.ts";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import type { Session } from "../postgres/session.ts";
import { TooMuchParkedError, TransactionSetAsideError } from "./errors.ts";
import {
  appendChanges,
  insertEntry,
  listEntries,
  listTouches,
  type ParkedChange,
  type ParkedEntry,
  type ParkedReason,
} from "./parked-store.ts";
import { createTouchesOf, readKeyFacts, spacesOf, type KeyFacts, type TouchesOf } from "./table-touches.ts";
import { createTouchIndex, type Touch } from "./touch.ts";
import type { Change } from "./change.ts";

export type ParkingOptions = {
  session: Session;
  stream: string;
  tables: readonly ResolvedTable[];
  /** How many transactions, and keys that these touch, may be parked; with 0 transactions nothing is, and a refusal stops the stream. */
  limits: { parkedTransactions: number; parkedKeys: number };
};

export type Parking = {
  /** Something is parked or set aside, so that every unit has to be looked at. The only thing that the usual path asks. */
  isWatchful: () => boolean;
  /** Whether a refused transaction may be parked at all. */
  isAllowed: boolean;
  /** The parked transaction that these changes must wait for; undefined when they are free. */
  findBlocker: (changes: readonly Change[]) => Promise<string | undefined>;
  /** Whether this transaction has been set aside, or is being parked piece by piece. */
  takesPieces: (begin: BeginMessage) => boolean;
  /** Parks a whole transaction, in the target's transaction that is open. Throws TooMuchParkedError. */
  park: (begin: BeginMessage, changes: readonly Change[], reason: ParkedReason) => Promise<void>;
  /** Parks one more piece of a transaction that was set aside. */
  append: (begin: BeginMessage, changes: readonly Change[]) => Promise<void>;
  /** Undoes the open target transaction, notes that this source transaction is to be parked, and throws TransactionSetAsideError. */
  setAside: (begin: BeginMessage, reason: ParkedReason) => Promise<never>;
  /** Reads the store again: at the start, and after somebody has retried or discarded. */
  reload: () => Promise<void>;
  view: () => ParkedView;
};

/** What status tells. `oldestAt`: ISO 8601. */
export type ParkedView = { transactions: number; keys: number; oldestAt: string | null };

const refuse = () => Promise.reject(new Error("nothing may be parked here"));

/** Parks nothing. */
export const NO_PARKING: Parking = {
  isWatchful: () => false,
  isAllowed: false,
  findBlocker: () => Promise.resolve(undefined),
  takesPieces: () => false,
  park: refuse,
  append: refuse,
  setAside: refuse,
  reload: () => Promise.resolve(),
  view: () => ({ transactions: 0, keys: 0, oldestAt: null }),
};

export function createParking({ session, stream, tables, limits }: ParkingOptions): Parking {
  let index = createTouchIndex();
  let entries = new Map<bigint, ParkedEntry>();
  let facts: KeyFacts | undefined;
  let touchesOf: TouchesOf | undefined;
  const taken = new Map<string, number>();

  async function learnKeys(): Promise<{ facts: KeyFacts; touchesOf: TouchesOf }> {
    facts ??= await readKeyFacts(
      session,
      tables.map(({ to }) => to),
    );
    touchesOf ??= createTouchesOf(facts, tables);
    return { facts, touchesOf };
  }

  async function eachTouch(changes: readonly Change[], take: (touch: Touch) => void): Promise<void> {
    const known = await learnKeys();
    for (const change of changes) {
      for (const table of change.tables) {
        if (change.kind === "row") known.touchesOf(change.message, table, take);
        else spacesOf(table.resolved.to, known.facts).forEach((space) => take({ space, key: undefined, mode: 3 }));
      }
    }
  }

  async function collectTouches(id: string, changes: readonly Change[]): Promise<Touch[]> {
    const touches: Touch[] = [];
    await eachTouch(changes, (touch) => touches.push(touch));
    return [...Map.groupBy(touches, ({ space }) => space)].flatMap(([space, all]) => {
      const before = taken.get(`${id} ${space}`) ?? 0;
      taken.set(`${id} ${space}`, before + all.length);
      if (before + all.length <= MOST_KEYS_OF_A_SPACE) return all;
      return before > MOST_KEYS_OF_A_SPACE ? [] : [{ space, key: undefined, mode: 3 as const }];
    });
  }

  function assertRoom(why: string): void {
    if (entries.size >= limits.parkedTransactions)
      throw new TooMuchParkedError(stream, entries.size, "transactions", limits.parkedTransactions, why);
    if (index.size() >= limits.parkedKeys)
      throw new TooMuchParkedError(stream, index.size(), "keys", limits.parkedKeys, why);
  }

  async function store(id: string, changes: readonly Change[]): Promise<void> {
    const touches = await collectTouches(id, changes);
    await appendChanges(session, id, changes.flatMap(toParkedChanges), touches);
    for (const touch of touches) index.add(id, touch);
  }

  return {
    isWatchful: () => entries.size > 0,
    isAllowed: limits.parkedTransactions > 0,
    async findBlocker(changes) {
      if (index.size() === 0 && entries.size === 0) return undefined;
      let blocker: string | undefined;
      await eachTouch(changes, (touch) => (blocker ??= index.find(touch)));
      return blocker;
    },
    takesPieces: (begin) => entries.has(begin.finalLsn),
    async park(begin, changes, reason) {
      assertRoom(describeReason(reason));
      const entry = await insertEntry(session, stream, "parked", begin, reason);
      await store(entry.id, changes);
      entries.set(begin.finalLsn, entry);
    },
    async append(begin, changes) {
      const entry = entries.get(begin.finalLsn);
      if (entry === undefined) throw new Error(`transaction ${begin.transactionId} was never set aside`);
      await store(entry.id, changes);
      entry.state = "parked";
    },
    async setAside(begin, reason) {
      await session.query("ROLLBACK");
      assertRoom(describeReason(reason));
      await insertEntry(session, stream, "set aside", begin, reason);
      throw new TransactionSetAsideError(begin.transactionId, describeReason(reason));
    },
    async reload() {
      const listed = await listEntries(session, stream);
      entries = new Map(listed.map((entry) => [entry.commitLsn, entry]));
      index = createTouchIndex();
      taken.clear();
      if (listed.length === 0) return;
      for (const { parked, touch } of await listTouches(session, stream)) index.add(parked, touch);
    },
    view: () => ({
      transactions: entries.size,
      keys: index.size(),
      oldestAt: [...entries.values()].reduce<string | null>(
        (oldest, { parkedAt }) => (oldest === null || parkedAt < oldest ? parkedAt : oldest),
        null,
      ),
    }),
  };
}

// --- internal ---

/** Of a transaction that touches more keys of one space than this, the whole space counts as touched. */
const MOST_KEYS_OF_A_SPACE = 10_000;

function toParkedChanges(change: Change): ParkedChange[] {
  if (change.kind === "row") {
    const relation = change.tables[0]?.relation;
    return relation === undefined ? [] : [{ relation, op: change.message.op, message: change.message }];
  }
  const relations = new Set(change.tables.map(({ relation }: FollowedTable) => relation));
  return [...relations].map((relation) => ({ relation, op: "truncate", message: undefined }));
}

function describeReason({ waitsFor, table, key, message }: ParkedReason): string {
  if (waitsFor !== undefined) return `it touches what the parked transaction ${waitsFor} touches`;
  return `${table ?? "the target"} does not take ${key === undefined ? "it" : `the row with ${key}`}: ${message ?? ""}`;
}
