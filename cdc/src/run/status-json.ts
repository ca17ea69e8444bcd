import { formatLsn } from "../postgres/lsn.ts";
import type { StreamStatus } from "./stream-status.ts";

/** A running stream's status as its HTTP endpoint tells it; positions in PostgreSQL's notation. */
export type StreamStatusJson = Omit<StreamStatus, "received" | "applied" | "confirmed" | "logEnd"> &
  Record<"received" | "applied" | "confirmed" | "logEnd", string>;

export function statusJson(status: StreamStatus): StreamStatusJson {
  return {
    ...status,
    received: formatLsn(status.received),
    applied: formatLsn(status.applied),
    confirmed: formatLsn(status.confirmed),
    logEnd: formatLsn(status.logEnd),
  };
}
