import type { OpenChanges } from "../run/change-source.ts";
import type { Session } from "../postgres/session.ts";
import { startLogReader } from "./log-reader.ts";
import { decodeMessage } from "./pgoutput.ts";

export type LogOptions = {
  /** A session opened with `replication`; the source owns it from here on. */
  session: Session;
  slot: string;
  publication: string;
  /** As server_version_num writes it. */
  serverVersion: number;
};

/** The changes of a replication slot. */
export function openLog(options: LogOptions): OpenChanges {
  return ({ applied }, { onMessage, onHorizon }) =>
    startLogReader({
      ...options,
      from: applied,
      onMessage: (bytes, start, end) => onMessage(decodeMessage(bytes, start, end)),
      onKeepalive: onHorizon,
    });
}
