/** What the proxy puts up with, on both sides. Sizes in bytes, times in milliseconds. */
export type Limits = {
  readonly headerBytes: number;
  readonly headerFields: number;
  readonly targetBytes: number;
  /** A client that has not sent its header by then is cut off: slowloris. */
  readonly headersWithinMs: number;
  /** The same for the whole request, body included. */
  readonly requestWithinMs: number;
  readonly keepAliveMs: number;
  readonly connections: number;
  /** The same for one address; trusted proxies, behind which many customers are, do not count. */
  readonly connectionsPerAddress: number;
  /** From the end of the request to the head of the upstream's answer. */
  readonly answerWithinMs: number;
  /** The longest silence in the middle of an answer. */
  readonly silenceMs: number;
  /** From an upgrade request to the upstream's answer. */
  readonly upgradeWithinMs: number;
};

export const DEFAULT_LIMITS: Limits = {
  headerBytes: 16_384,
  headerFields: 100,
  targetBytes: 8_192,
  headersWithinMs: 15_000,
  requestWithinMs: 300_000,
  // Longer than the 60 s of common load balancers, so that the balancer closes first and no request meets a closing socket.
  keepAliveMs: 75_000,
  connections: 10_000,
  connectionsPerAddress: 10_000,
  answerWithinMs: 30_000,
  // Server-sent events are often quiet; their heartbeats come every 15 to 60 s.
  silenceMs: 300_000,
  upgradeWithinMs: 10_000,
};
