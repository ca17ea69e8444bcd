import type { SnapshotMark } from "@strangler/change-event";
import { POSTGRES_EPOCH_US } from "../../postgres/clock.ts";
import type { Lsn } from "../../postgres/lsn.ts";

export type SourceFacts = {
  version: string;
  prefix: string;
  database: string;
  lsn: Lsn;
  /** Of the transaction before; undefined for the first that this process has seen. */
  lastCommit: Lsn | undefined;
  /** PostgreSQL's microseconds. */
  commitTime: bigint;
  transactionId: number | undefined;
  snapshot: SnapshotMark;
};

/** The `source` of a transaction's events: the same for all of them but for the table. */
export type SourceBlock = {
  of: (table: { schema: string; table: string }) => string;
  /** The same of a transaction that was marked with a replication origin. */
  from: (origin: string, originLsn: Lsn) => SourceBlock;
};

export function sourceBlock(facts: SourceFacts): SourceBlock {
  return blockOf(facts, "null", "null");
}

/** `"ts_ms":...,"ts_us":...,"ts_ns":...` of a moment in milliseconds since 1970. */
export function timesOf(nowMs: number): string {
  const us = Math.trunc(nowMs * 1_000);
  return `"ts_ms":${Math.trunc(nowMs)},"ts_us":${us},"ts_ns":${us}000`;
}

// --- internal ---

function blockOf(facts: SourceFacts, origin: string, originLsn: string): SourceBlock {
  const { version, prefix, database, lsn, lastCommit, commitTime, transactionId, snapshot } = facts;
  const us = commitTime + POSTGRES_EPOCH_US;
  const sequence = JSON.stringify(`[${lastCommit === undefined ? "null" : `"${lastCommit}"`},"${lsn}"]`);
  const head =
    `{"version":${JSON.stringify(version)},"connector":"postgresql","name":${JSON.stringify(prefix)},"ts_ms":${us / 1_000n},` +
    `"snapshot":"${snapshot}","db":${JSON.stringify(database)},"sequence":${sequence},"ts_us":${us},"ts_ns":${us}000,`;
  const tail = `"txId":${transactionId ?? "null"},"lsn":${lsn},"xmin":null,"origin":${origin},"origin_lsn":${originLsn}}`;
  const texts = new Map<object, string>();
  return {
    of(table) {
      let text = texts.get(table);
      if (text === undefined) {
        text = `${head}"schema":${JSON.stringify(table.schema)},"table":${JSON.stringify(table.table)},${tail}`;
        texts.set(table, text);
      }
      return text;
    },
    from: (name, position) => blockOf(facts, JSON.stringify(name), String(position)),
  };
}
