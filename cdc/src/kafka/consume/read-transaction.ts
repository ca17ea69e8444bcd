import { END_HEADER } from "@strangler/change-event";
import { toPostgresUs } from "../../postgres/clock.ts";
import { parseLsn } from "../../postgres/lsn.ts";
import type { IncomingRecord } from "../port.ts";
import { EventUnreadableError } from "./errors.ts";
import { transactionKey, transactionPosition } from "./transaction-key.ts";

/** The end of a transaction, as the transaction topic tells it: how many events it has, by "schema.table". */
export type TransactionEnd = {
  key: string;
  id: string;
  counts: ReadonlyMap<string, number>;
  /** Where the source's log goes on, when the connector says so. */
  position: bigint | undefined;
  /** In PostgreSQL's microseconds. */
  commitTime: bigint;
};

/** Reads a message of the transaction topic; undefined for a BEGIN, which tells nothing that its END does not. Throws EventUnreadableError. */
export function readTransactionEnd(record: IncomingRecord, topic: string): TransactionEnd | undefined {
  if (record.value === null) return undefined;
  const { status, id, ts_ms: at, data_collections: collections } = parse(record.value, `${topic} at ${record.offset}`);
  if (status !== "END") return undefined;
  return {
    key: transactionKey(id),
    id,
    counts: new Map((collections ?? []).map((each) => [each.data_collection, each.event_count])),
    ...(readOwnEnd(record) ?? { position: transactionPosition(id), commitTime: toPostgresUs(Number(at ?? 0)) }),
  };
}

// --- internal ---

// Our own publisher says both to the last digit.
function readOwnEnd({ headers }: IncomingRecord): Pick<TransactionEnd, "position" | "commitTime"> | undefined {
  const [position, time] = headers[END_HEADER]?.toString("latin1").split(" ") ?? [];
  if (position === undefined || time === undefined) return undefined;
  return { position: parseLsn(position), commitTime: BigInt(time) };
}

type Marker = {
  status: string;
  id: string;
  ts_ms?: number;
  data_collections?: readonly { data_collection: string; event_count: number }[] | null;
};

function parse(value: Buffer, place: string): Marker {
  try {
    const parsed = JSON.parse(value.toString("utf8")) as Marker & { payload?: Marker };
    const marker = parsed.payload ?? parsed;
    if (typeof marker.status === "string" && typeof marker.id === "string") return marker;
  } catch (cause) {
    throw new EventUnreadableError(place, "it is not JSON", cause);
  }
  throw new EventUnreadableError(place, "it has no status and id of a transaction");
}
