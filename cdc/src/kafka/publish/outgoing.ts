// What waits to be sent: records in the order of the log, and after which of them a transaction of the source is whole.

import type { Lsn } from "../../postgres/lsn.ts";
import type { PublishRecord } from "./event-writer.ts";

export type Shipment = {
  records: PublishRecord[];
  /** When all of it is there, everything that the source has committed before this is there; undefined inside of a transaction. */
  upTo: Lsn | undefined;
  transactions: number;
};

export type Outgoing = {
  add: (record: PublishRecord) => void;
  /** A transaction ends here. */
  endTransaction: (endLsn: Lsn, commitTime: bigint) => void;
  /** The oldest that waits, not more than a shipment's worth; undefined when nothing does. */
  take: () => Shipment | undefined;
  waitingBytes: () => number;
  isEmpty: () => boolean;
  transactions: () => number;
  /** When the source committed the oldest transaction that waits. */
  oldestCommitTime: () => bigint | undefined;
};

type End = { after: number; endLsn: Lsn; commitTime: bigint };

export function createOutgoing(limits: { records: number; bytes: number }): Outgoing {
  let records: PublishRecord[] = [];
  let sizes: number[] = [];
  let ends: End[] = [];
  let bytes = 0;

  function countShipment(): { count: number; size: number } {
    let size = 0;
    let count = 0;
    while (count < records.length && count < limits.records && (count === 0 || size < limits.bytes)) {
      size += sizes[count] ?? 0;
      count += 1;
    }
    return { count, size };
  }

  return {
    add(record) {
      const size = sizeOf(record);
      records.push(record);
      sizes.push(size);
      bytes += size;
    },
    endTransaction: (endLsn, commitTime) => ends.push({ after: records.length, endLsn, commitTime }),
    take() {
      if (records.length === 0 && ends.length === 0) return undefined;
      const { count, size } = countShipment();
      const taken = records.slice(0, count);
      const whole = ends.filter(({ after }) => after <= count);
      records = records.slice(count);
      sizes = sizes.slice(count);
      ends = ends.slice(whole.length).map((end) => ({ ...end, after: end.after - count }));
      bytes -= size;
      return { records: taken, upTo: whole.at(-1)?.endLsn, transactions: whole.length };
    },
    waitingBytes: () => bytes,
    isEmpty: () => records.length === 0 && ends.length === 0,
    transactions: () => ends.length,
    oldestCommitTime: () => ends[0]?.commitTime,
  };
}

// --- internal ---

// What a record weighs beside its key and value: its headers and the objects that hold it.
const RECORD_BYTES = 400;

function sizeOf({ key, value }: PublishRecord): number {
  return RECORD_BYTES + (key?.length ?? 0) + 2 * (value?.length ?? 0);
}
