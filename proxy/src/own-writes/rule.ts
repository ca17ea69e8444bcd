import { z } from "zod";
import type { CustomerKey } from "../customer/keys.ts";
import type { Route } from "../routes/route.ts";
import { upstreamUrl } from "../upstreams/upstream-url.ts";

// A customer always sees her own write. While reads of a route are given to a service by share and writes still go to the
// monolith, whoever has just written is read from the monolith until the service's copy has that write.

/** How long a customer who has written is read from the monolith. */
export type OwnWritesRule = {
  /** Until this stream has applied her write; undefined: for `forMs`. */
  readonly stream: string | undefined;
  /** At most so long, also when the stream says nothing. */
  readonly forMs: number;
};

/** What the own writes of one set of routes need. */
export type OwnWritesPlan = {
  /** The streams whose position is asked for after a write. Empty where time alone decides. */
  readonly streams: readonly string[];
  /** The longest `forMs`: how long a mark has to be kept. */
  readonly keepMs: number;
  /** What names the customers of these routes: every list once. */
  readonly keys: readonly (readonly CustomerKey[])[];
};

const TEN_MINUTES_MS = 600_000;
const A_DAY_MS = 86_400_000;
const MOST_STREAMS = 8;

const STREAM_NAME = /^[a-z][a-z0-9-]{0,62}$/;

/** A route's `ownWrites`. */
export const ownWrites = z
  .strictObject({
    stream: z.string().optional().describe("A name of `streams`: until it has applied what she wrote."),
    forMs: z
      .number()
      .int()
      .min(1)
      .max(A_DAY_MS)
      .optional()
      .describe(`At most this many milliseconds; with a stream ${TEN_MINUTES_MS} when left out.`),
  })
  .refine(({ stream, forMs }) => stream !== undefined || forMs !== undefined, {
    error: "say until which stream has applied the write (stream), or for how long (forMs)",
  })
  .describe("Reads of a customer who has just written go to the monolith until the service has her write.");

/** The file's `streams`. */
export const streams = z
  .record(z.string().regex(STREAM_NAME), z.strictObject({ url: upstreamUrl }), {
    error: ({ code }) =>
      code === "invalid_key" ? "a stream's name consists of small letters, digits and hyphens" : undefined,
  })
  .refine((list) => Object.keys(list).length <= MOST_STREAMS, {
    error: `at most ${MOST_STREAMS} streams: a customer's cookie names a position of each`,
  })
  .describe("Where the streams tell what they have applied: their status ports.");

export function toOwnWritesRule({ stream, forMs = TEN_MINUTES_MS }: z.output<typeof ownWrites>): OwnWritesRule {
  return { stream, forMs };
}

/** What is needed for routes in stage canary; undefined when none of them asks for it. */
export function planOwnWrites(
  routes: readonly Pick<Route, "stage" | "ownWrites" | "keys">[],
): OwnWritesPlan | undefined {
  const canaries = routes.filter(({ stage, ownWrites: rule }) => stage === "canary" && rule !== undefined);
  const rules = canaries.flatMap(({ ownWrites: rule }) => rule ?? []);
  if (rules.length === 0) return undefined;
  return {
    streams: [...new Set(rules.flatMap(({ stream }) => stream ?? []))],
    keepMs: Math.max(...rules.map(({ forMs }) => forMs)),
    keys: [...new Map(canaries.map(({ keys }) => [JSON.stringify(keys), keys])).values()],
  };
}
