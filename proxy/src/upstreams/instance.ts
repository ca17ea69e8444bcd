import type { InstanceReport, InstanceState } from "./report.ts";

/** One address of a list: what discovery knows of it. */
export type Found = {
  /** Scheme, host and port, as `URL.origin` writes it. */
  readonly origin: string;
  /** A share of requests in proportion to it; at least 1. */
  readonly weight: number;
  /** Only instances of the lowest priority that is well get requests: RFC 2782. */
  readonly priority: number;
};

/** What is known of one instance. Counters change with every request; the rest by the rules beside this file. */
export type Instance = {
  readonly name: string;
  readonly origin: URL;
  weight: number;
  priority: number;
  /** False: it has disappeared from the list, and is forgotten with its last request. */
  listed: boolean;
  inFlight: number;
  answered: number;
  failed: number;
  cancelled: number;
  failuresInARow: number;
  /** How many ejections count for the length of the next one. */
  severity: number;
  ejections: number;
  /** On the monotonic clock. undefined: not ejected. */
  ejectedUntil: number | undefined;
  /** When it came back from its last ejection. */
  returnedAt: number;
  health: "unknown" | "up" | "down";
  /** Checks of one outcome in a row. */
  passedInARow: number;
  failedInARow: number;
  complaint: string | undefined;
};

/** An instance of which nothing is known yet. Where nobody checks its health, it counts as well. */
export function createInstance({ origin, weight, priority }: Found, isChecked: boolean): Instance {
  return {
    name: origin,
    origin: new URL(origin),
    weight,
    priority,
    listed: true,
    inFlight: 0,
    answered: 0,
    failed: 0,
    cancelled: 0,
    failuresInARow: 0,
    severity: 0,
    ejections: 0,
    ejectedUntil: undefined,
    returnedAt: 0,
    health: isChecked ? "unknown" : "up",
    passedInARow: 0,
    failedInARow: 0,
    complaint: undefined,
  };
}

export function stateOf({ listed, ejectedUntil, health }: Instance): InstanceState {
  if (!listed) return "draining";
  return ejectedUntil === undefined ? health : "ejected";
}

export function reportInstance(instance: Instance): InstanceReport {
  const { name, inFlight, answered, failed, cancelled, ejections, complaint = null } = instance;
  return { instance: name, state: stateOf(instance), inFlight, answered, failed, cancelled, ejections, complaint };
}
