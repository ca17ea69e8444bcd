// What of two servers' facts should be changed before a stream lives on them: a table of rules, each with its sentence and the SQL.
// None of these keeps a stream from running today; what does, is refused by checkStream.

import { formatTable, quoteName, quoteTable, quoteText } from "../postgres/quote.ts";
import type { PreflightFacts } from "./preflight-facts.ts";

export type Side = "source" | "target";

/** Something that should be changed, and how. */
export type Advice = {
  /** Stable, for machines: "slot-limit". */
  check: string;
  side: Side;
  /** `must`: the stream does not run, or loses what is asked of it. `should`: it runs, and may not for ever. */
  weight: "must" | "should";
  sentence: string;
  /** What changes it; absent where that is not a matter of SQL. */
  sql?: string;
};

export type BothFacts = {
  source: PreflightFacts;
  target: PreflightFacts;
  /** Whether the stream wants a slot that standbys keep. */
  wantsFailover: boolean;
};

/** All that should be changed on either side. Pure. */
export function judgePreflight(facts: BothFacts): Advice[] {
  return RULES.flatMap(({ check, side, weight, judge }) =>
    judge(facts[side], facts).map((found) => ({ check, side, weight, ...found })),
  );
}

// --- internal ---

type Found = { sentence: string; sql?: string };
type Rule = {
  check: string;
  side: Side;
  weight: Advice["weight"];
  judge: (own: PreflightFacts, both: BothFacts) => Found[];
};

const GIB = 2 ** 30;
/** The row bytes of a table, its indexes and the log that writing it makes. */
const ROOM_FOR_COPY = 2;

function when(holds: boolean, sentence: string, sql?: string): Found[] {
  if (!holds) return [];
  return [sql === undefined ? { sentence } : { sentence, sql }];
}

function setting({ settings }: PreflightFacts, name: string): number {
  return Number(settings[name] ?? Number.NaN);
}

function alter(name: string, value: string, restart = false): string {
  return `ALTER SYSTEM SET ${name} = ${value};${restart ? " -- then restart the server" : " SELECT pg_reload_conf();"}`;
}

const RULES: readonly Rule[] = [
  {
    check: "wal-level",
    side: "source",
    weight: "must",
    judge: (own) =>
      when(
        own.settings["wal_level"] !== "logical",
        `wal_level is "${own.settings["wal_level"] ?? "unknown"}", and a stream needs "logical"`,
        alter("wal_level", "logical", true),
      ),
  },
  {
    check: "free-slots",
    side: "source",
    weight: "should",
    judge: ({ slots: { used, limit } }) =>
      when(
        limit - used < 2,
        `${used} of ${limit} replication slots are in use; a stream needs one, and one more while it is re-synced`,
        alter("max_replication_slots", String(limit + 8), true),
      ),
  },
  {
    check: "free-senders",
    side: "source",
    weight: "should",
    judge: ({ senders: { used, limit } }) =>
      when(
        limit - used < 2,
        `${used} of ${limit} log senders are in use; a stream needs one, and two while it copies`,
        alter("max_wal_senders", String(limit + 8), true),
      ),
  },
  {
    check: "sender-timeout",
    side: "source",
    weight: "should",
    judge: (own) => {
      const ms = setting(own, "wal_sender_timeout");
      if (ms === 0)
        return when(
          true,
          "wal_sender_timeout is off, so a dead connection keeps the slot in use",
          alter("wal_sender_timeout", "'60s'"),
        );
      return when(
        ms < 5_000,
        `wal_sender_timeout is ${ms} ms; a short stall of the network or of the stream's machine ends the connection`,
        alter("wal_sender_timeout", "'60s'"),
      );
    },
  },
  {
    check: "slot-limit",
    side: "source",
    weight: "should",
    judge: (own) =>
      when(
        setting(own, "max_slot_wal_keep_size") < 0,
        "max_slot_wal_keep_size is not set, so a stream that stands still fills the source's disk until the source stops as well",
        alter("max_slot_wal_keep_size", "'50GB'"),
      ),
  },
  {
    check: "idle-slot-timeout",
    side: "source",
    weight: "should",
    judge: (own) =>
      when(
        setting(own, "idle_replication_slot_timeout") > 0,
        `idle_replication_slot_timeout is ${own.settings["idle_replication_slot_timeout"] ?? ""} s: a stream that is stopped for longer loses its slot and must be re-synced`,
        alter("idle_replication_slot_timeout", "0"),
      ),
  },
  {
    check: "decoding-memory",
    side: "source",
    weight: "should",
    judge: (own) =>
      when(
        setting(own, "logical_decoding_work_mem") < 16 * 1024,
        `logical_decoding_work_mem is ${own.settings["logical_decoding_work_mem"] ?? ""} kB, so transactions of ordinary size are sent in parts and kept by the stream`,
        alter("logical_decoding_work_mem", "'64MB'"),
      ),
  },
  {
    check: "idle-log",
    side: "source",
    weight: "should",
    judge: (own) =>
      when(
        own.mayLogSnapshot === false,
        `the role "${own.role}" may not help its slot to let go of log, so a source that writes much elsewhere keeps up to 15 s of it`,
        `GRANT EXECUTE ON FUNCTION pg_catalog.pg_log_standby_snapshot() TO ${quoteName(own.role)};`,
      ),
  },
  {
    check: "failover-slot",
    side: "source",
    weight: "should",
    judge: (own, { wantsFailover }) => [
      ...when(
        wantsFailover && own.version < 170_000,
        "a slot that standbys keep needs PostgreSQL 17; after a takeover the stream must be re-synced",
      ),
      ...when(
        wantsFailover && own.version >= 170_000 && (own.settings["synchronized_standby_slots"] ?? "") === "",
        `synchronized_standby_slots is empty, so the stream may be told what a standby has not got yet; name the standbys' slots` +
          `${own.slots.physical === 0 ? " (there is none now)" : ""}, and set sync_replication_slots = on, hot_standby_feedback = on and primary_slot_name on each`,
        alter("synchronized_standby_slots", "'NAME_OF_THE_STANDBYS_SLOT'"),
      ),
    ],
  },
  ...(["source", "target"] as const).map((side): Rule => ({
    check: "collation-version",
    side,
    weight: "should",
    judge: ({ collation, database }) =>
      when(
        collation.version !== null && collation.actualVersion !== null && collation.version !== collation.actualVersion,
        `the collation "${collation.name}" was version ${collation.version} when the database was made and is ${collation.actualVersion} now; indexes over text may miss rows`,
        `REINDEX DATABASE ${quoteName(database)}; ALTER DATABASE ${quoteName(database)} REFRESH COLLATION VERSION;`,
      ),
  })),
  {
    check: "encoding",
    side: "target",
    weight: "should",
    judge: (own, { source }) =>
      when(
        own.encoding !== "UTF8" && own.encoding !== source.encoding,
        `its encoding is ${own.encoding}, the source's is ${source.encoding}; a character that it does not have stops the stream. Make the target's database with UTF8`,
      ),
  },
  {
    check: "encoding",
    side: "source",
    weight: "should",
    judge: (own) =>
      when(
        own.encoding === "SQL_ASCII",
        "its encoding is SQL_ASCII: nobody has checked that its texts are valid in any encoding, and the target refuses those which are not valid UTF8",
      ),
  },
  ...(["source", "target"] as const).map((side): Rule => ({
    check: "long-transaction",
    side,
    weight: "should",
    judge: ({ longTransactions }) =>
      longTransactions.map(({ pid, user, database, seconds }) => ({
        sentence:
          side === "source"
            ? `a transaction of "${user}" in "${database}" has been writing for ${seconds} s; the slot is made only after it has ended`
            : `a transaction of "${user}" in "${database}" has been writing for ${seconds} s; what it has locked holds the stream up`,
        sql: `SELECT pg_terminate_backend(${pid}); -- if nobody needs it`,
      })),
  })),
  ...(["source", "target"] as const).map((side): Rule => ({
    check: "prepared-transaction",
    side,
    weight: "should",
    judge: ({ preparedTransactions }) =>
      preparedTransactions
        .filter(({ seconds }) => seconds >= 60)
        .map(({ name, database, seconds }) => ({
          sentence: `the transaction ${quoteText(name).trim()} in "${database}" was prepared ${seconds} s ago and not decided; ${side === "source" ? "the slot waits for it, and the log from there on is kept" : "what it has locked holds the stream up"}`,
          sql: `COMMIT PREPARED ${quoteText(name).trim()}; -- or ROLLBACK PREPARED`,
        })),
  })),
  {
    check: "unlogged-table",
    side: "source",
    weight: "must",
    judge: ({ tables }) =>
      tables
        .filter(({ isUnlogged }) => isUnlogged)
        .map((table) => ({
          sentence: `${formatTable(table)} is unlogged: its changes are not in the log`,
          sql: `ALTER TABLE ${quoteTable(table)} SET LOGGED;`,
        })),
  },
  {
    check: "foreign-table",
    side: "source",
    weight: "must",
    judge: ({ tables }) =>
      tables
        .filter(({ kind }) => kind === "f")
        .map((table) => ({
          sentence: `${formatTable(table)} is a foreign table: its changes are in the log of the server behind it. Take the stream from there`,
        })),
  },
  {
    check: "unlogged-table",
    side: "target",
    weight: "should",
    judge: ({ tables }) =>
      tables
        .filter(({ isUnlogged }) => isUnlogged)
        .map((table) => ({
          sentence: `${formatTable(table)} is unlogged: after a crash it is empty, and the stored position says that it is not`,
          sql: `ALTER TABLE ${quoteTable(table)} SET LOGGED;`,
        })),
  },
  {
    check: "extension",
    side: "target",
    weight: "should",
    judge: ({ extensions }, { source }) =>
      [...new Set(source.tables.flatMap(({ needsExtensions }) => needsExtensions))]
        .filter((extension) => !extensions.includes(extension))
        .map((extension) => ({
          sentence: `the extension "${extension}", of which the source's tables use types, is not installed`,
          sql: `CREATE EXTENSION ${quoteName(extension)};`,
        })),
  },
  {
    check: "disk",
    side: "target",
    weight: "should",
    judge: ({ freeBytes }, { source }) => {
      const needed = source.tables.reduce((sum, { bytes }) => sum + bytes, 0) * ROOM_FOR_COPY;
      return when(
        freeBytes !== undefined && freeBytes < needed,
        `its disk has ${gib(freeBytes ?? 0)} GiB left; the source's tables are ${gib(needed / ROOM_FOR_COPY)} GiB, and a copy of them with its log takes about twice that`,
      );
    },
  },
  {
    check: "disk",
    side: "source",
    weight: "should",
    judge: ({ freeBytes }) =>
      when(
        freeBytes !== undefined && freeBytes < 5 * GIB,
        `its disk has ${gib(freeBytes ?? 0)} GiB left, which is little for log that waits while a target is away`,
      ),
  },
];

function gib(bytes: number): string {
  return (bytes / GIB).toFixed(1);
}
