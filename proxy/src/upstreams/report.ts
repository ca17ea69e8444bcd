/** What one edge knows of the instances of one service. Plain data: JSON of it is as good. Services with one fixed address are not listed. */
export type UpstreamReport = {
  readonly service: string;
  readonly instances: readonly InstanceReport[];
  /** Where the list of instances comes from. null for a list in the routes file. */
  readonly discovery: DiscoveryReport | null;
  /** No instance is thought to be well, so that all of them are asked. */
  readonly panic: boolean;
};

export type InstanceReport = {
  /** The address, which is also the instance's name. */
  readonly instance: string;
  readonly state: InstanceState;
  readonly inFlight: number;
  /** Requests that ended, since the instance became known. */
  readonly answered: number;
  readonly failed: number;
  readonly cancelled: number;
  /** How often it was left out for failing. */
  readonly ejections: number;
  /** Why the last health check failed; null when it passed, or there are none. */
  readonly complaint: string | null;
};

/**
 * `up`: gets requests. `unknown`: no health check has ended yet. `down`: its health checks fail. `ejected`: left out for a while after
 * failures in a row. `draining`: no longer listed, and its last requests are ending.
 */
export type InstanceState = "up" | "unknown" | "down" | "ejected" | "draining";

export type DiscoveryReport = {
  /** `file`, `dns` or `consul`, and what is asked there. */
  readonly from: string;
  /** ISO 8601: when the list was last confirmed. null: never yet. */
  readonly confirmedAt: string | null;
  /** Why the newest attempt brought nothing; the last good list stays. null when it brought a list. */
  readonly failure: string | null;
};
