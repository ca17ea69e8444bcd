import { AT_HEADER, heartbeatTopic } from "@strangler/change-event";
import { formatLsn, type Lsn } from "../../postgres/lsn.ts";
import type { OutgoingRecord } from "../port.ts";
import { HEARTBEAT_KEY, HEARTBEAT_VALUE } from "./event-schema.ts";

/** Says that the source is followed, and that everything it has committed before `position` has been written. */
export function heartbeatRecord(prefix: string, schemas: boolean, position: Lsn, nowMs: number): OutgoingRecord {
  const wrap = (head: string, payload: string) => (schemas ? `${head}${payload}}` : payload);
  return {
    topic: heartbeatTopic(prefix),
    partition: 0,
    key: wrap(HEARTBEAT_KEY, `{"serverName":${JSON.stringify(prefix)}}`),
    value: wrap(HEARTBEAT_VALUE, `{"ts_ms":${Math.trunc(nowMs)}}`),
    headers: { [AT_HEADER]: `${formatLsn(position)} 0` },
  };
}
