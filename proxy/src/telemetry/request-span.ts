import type { UpstreamFailure } from "../forward/engine.ts";
import type { RequestHead } from "../guard/request-head.ts";
import type { Asker } from "../shadow/asker.ts";
import type { Trip } from "../trip.ts";
import type { Lease } from "../upstreams/upstreams.ts";

/** Tells a collector what became of requests. Never waits, never throws, and forgets what a slow collector does not take. */
export type Tracing = {
  /** The span of one request. Its trace is the customer's, if she came with one. */
  begin: (head: RequestHead, trip: Trip) => RequestSpan;
  /** The same asker, whose every question has a span of its own, linked to the customer's request. */
  follow: (asker: Asker) => Asker;
  /** Sends what is left, for two seconds at most. */
  close: () => Promise<void>;
};

export type RequestSpan = {
  /** An instance is about to be asked: the attempt's context becomes the `traceparent` that it gets. */
  attempt: (upstream: string, lease: Pick<Lease, "instance" | "origin">) => AttemptSpan;
  /** `status` is undefined when the customer has left before there was one; `rescued` when the monolith answered for a service. */
  end: (status: number | undefined, rescued: boolean) => void;
};

/** Only the first `end` counts. */
export type AttemptSpan = { end: (outcome: { status: number } | { failure: UpstreamFailure } | undefined) => void };
