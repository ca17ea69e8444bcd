import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { OwnAnswer } from "../guard/answer.ts";
import type { AnswerHead } from "../guard/response-headers.ts";
import type { Lane, LaneOptions } from "../wire/lane.ts";

/** Where a request goes, and as what. The guard has made it; an engine adds nothing and leaves nothing out. */
export type Target = {
  /** Scheme, host and port. */
  readonly origin: URL;
  /** Canonical path and query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  /** Whether the request may be sent a second time: an idempotent method without a body. */
  readonly repeatable: boolean;
  /** The longest body that may be carried; without it there is no bound. */
  readonly bodyBytes?: number | undefined;
};

/** Why there is no answer. `code` and `message` are for the log, never for the customer. */
export type UpstreamFailure = {
  readonly kind: "unreachable" | "too slow" | "not HTTP" | "cut off";
  readonly code: string;
  readonly message: string;
};

/**
 * What an engine tells the guard about one request. For every request exactly one of these comes first: `begin`, or `fail`.
 * After `begin` has answered true, the engine writes the body to the response and ends it, or calls `fail`.
 */
export type Passage = {
  /**
   * The head of the answer is here. False: it cannot be passed on, the customer has been told, drop the rest. Where the head has to
   * wait for something, this answers a promise, and the engine holds the body back until it settles. It never rejects.
   */
  begin: (head: AnswerHead) => boolean | Promise<boolean>;
  /** The body is complete. Called before the response is ended, with the trailer fields, name and value in turn. */
  complete: (rawTrailers: readonly string[]) => void;
  fail: (failure: UpstreamFailure) => void;
  /** An informational answer (1xx other than 101) that comes before the answer itself. */
  readonly informational?: (head: AnswerHead) => void;
  /** The request has turned out unfit while it was carried: the customer is told so, and the upstream is not to blame. */
  readonly refuse?: (answer: OwnAnswer) => void;
  /** Gets a copy of every piece of the answer's body. Must not throw, must not wait. */
  readonly tap: ((chunk: Buffer) => void) | undefined;
};

/** What an engine tells the guard about one upgrade. */
export type UpgradePassage = {
  /** Fields to add to the upstream's answer, name and value in turn. */
  readonly ownFields: readonly string[];
  fail: (failure: UpstreamFailure) => void;
};

/** An engine that knows what it cannot carry: `handOver` makes a whole one of it and another. */
export type PartialEngine = Pick<Engine, "name" | "forward" | "close"> & {
  /** Whether everything that belongs to this request reaches the upstream: an expectation, trailers. */
  carries: (request: IncomingMessage) => boolean;
};

/** Carries bytes between a customer and an upstream. Engines are exchangeable; one test suite is run against each. */
export type Engine = {
  readonly name: string;
  /** Sends the request on. Never throws; the customer going away cancels the upstream's work. */
  forward: (request: IncomingMessage, response: ServerResponse, target: Target, passage: Passage) => void;
  /** Sends a WebSocket upgrade on; any other answer than 101 is handed to the customer as it is. Never throws. */
  upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer, target: Target, passage: UpgradePassage) => void;
  /** Takes the server's connections before node:http's parser does, where the engine can read ordinary requests by itself. */
  openLane?: (options: Omit<LaneOptions, "upstreams">) => Lane;
  /** Closes idle upstream connections. */
  close: () => Promise<void>;
};

/** The times an engine keeps. Milliseconds. */
export type EngineTimes = { answerWithinMs: number; silenceMs: number; upgradeWithinMs: number };
