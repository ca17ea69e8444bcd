import { readCookie, setCookie } from "../customer/cookies.ts";
import { findCustomer, type Asker } from "../customer/identify.ts";
import type { Keyring } from "../customer/keyring.ts";
import { formatMark, isHeld, parseMark, WRITES_COOKIE, type WriteMark } from "./mark.ts";
import { createMarkMemory } from "./memory.ts";
import type { OwnWritesPlan, OwnWritesRule } from "./rule.ts";
import type { StreamState } from "./stream-follower.ts";
import type { Streams } from "./streams.ts";

/** What has been seen of own writes since the start. Counts can be added up; the states are one worker's view. */
export type OwnWritesReport = {
  /** Writes through the monolith that were remembered. */
  readonly writes: number;
  /** Of these, for how many a stream did not say where it stands: their reads stay with the monolith for the whole time. */
  readonly withoutPosition: readonly { readonly stream: string; readonly writes: number }[];
  /** Reads that went to the monolith because the service could not have had the customer's write. */
  readonly held: readonly { readonly route: string; readonly requests: number }[];
  readonly streams: readonly StreamState[];
};

/** Remembers who has written through the monolith, and keeps her reads there until a service has what she wrote. */
export type OwnWrites = {
  /** Whether a read of this customer has to go to the monolith. `customer` is what names her on this route. */
  holds: (route: { id: string; ownWrites: OwnWritesRule }, customer: string, cookies: string | undefined) => boolean;
  /**
   * The monolith has answered a write. Asks the streams where they stand, remembers, and answers the `Set-Cookie` by which other
   * workers and replicas know it too. Takes at most as long as a stream may take to answer (250 ms). Never rejects.
   */
  mark: (plan: OwnWritesPlan, asker: Asker, secure: boolean) => Promise<string>;
  report: () => OwnWritesReport;
};

export type OwnWritesOptions = {
  streams: Streams;
  /** Signs marks; must have a secret. */
  keyring: Keyring;
  /** Knows the names that customers have been given. */
  customers: Keyring;
  /** Milliseconds since 1970. */
  now: () => number;
};

export function createOwnWrites({ streams, keyring, customers, now }: OwnWritesOptions): OwnWrites {
  const memory = createMarkMemory();
  const held = new Map<string, number>();
  const withoutPosition = new Map<string, number>();
  let writes = 0;

  function holds(mark: WriteMark | undefined, rule: OwnWritesRule): boolean {
    return mark !== undefined && isHeld(rule, mark, now(), streams.appliedOf);
  }

  function remember(mark: WriteMark, { streams: names, keys }: OwnWritesPlan, asker: Asker): void {
    writes += 1;
    for (const name of names) if (!mark.positions.has(name)) count(withoutPosition, name);
    for (const list of keys) {
      const customer = findCustomer(list, asker, customers);
      if (customer !== undefined) memory.set(customer.key, mark);
    }
  }

  return {
    holds: ({ id, ownWrites }, customer, cookies) => {
      const cookie = readCookie(cookies, WRITES_COOKIE);
      const hold =
        (cookie !== undefined && holds(parseMark(cookie, keyring), ownWrites)) ||
        holds(memory.get(customer), ownWrites);
      if (hold) count(held, id);
      return hold;
    },
    mark: async (plan, asker, secure) => {
      const at = now();
      const mark = { at, positions: await streams.sourcePositions(plan.streams) };
      remember(mark, plan, asker);
      return setCookie(WRITES_COOKIE, formatMark(mark, keyring), Math.ceil(plan.keepMs / 1_000), secure);
    },
    report: () => ({
      writes,
      withoutPosition: [...withoutPosition].map(([stream, count]) => ({ stream, writes: count })),
      held: [...held].map(([route, requests]) => ({ route, requests })),
      streams: streams.states(),
    }),
  };
}

// --- internal ---

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
