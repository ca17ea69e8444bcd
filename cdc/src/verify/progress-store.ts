// How far a verification has come, and what the last one found: one row for each table of a stream, in the target's store. A process
// that is killed leaves it, and the next one may go on behind the last key that is noted there; a running stream reads it to tell of drift.

import { errorCode } from "@strangler/platform";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { formatTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { StoreTable } from "../target-store.ts";
import type { Key } from "./part.ts";
import type { DifferenceCounts, Outcome } from "./report.ts";

export const VERIFICATION_TABLE: StoreTable = {
  name: "verification",
  columns: `
    stream text NOT NULL,
    table_name text NOT NULL,
    mapping text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    after_key text,
    rows bigint NOT NULL DEFAULT 0,
    missing bigint NOT NULL DEFAULT 0,
    extra bigint NOT NULL DEFAULT 0,
    changed bigint NOT NULL DEFAULT 0,
    undecided bigint NOT NULL DEFAULT 0,
    ended_at timestamptz,
    outcome text,
    PRIMARY KEY (stream, table_name)`,
};

/** How the store calls a table of a stream: several may fill one, and one may fill several. */
export function verificationName({ from, to }: Pick<ResolvedTable, "from" | "to">): string {
  return `${formatTable(from)} -> ${formatTable(to)}`;
}

/** What has been found so far. */
export type Found = { rows: number; differences: DifferenceCounts; undecided: number };

/** An interrupted comparison of a table. `after`: everything up to this key has been looked at. */
export type Interrupted = Found & { after: Key; startedAt: string };

export type ProgressStore = {
  /** The interrupted comparison of a table under the same mapping, if there is one. */
  find: (table: string, mapping: string) => Promise<Interrupted | undefined>;
  begin: (table: string, mapping: string) => Promise<void>;
  note: (table: string, after: Key, found: Found) => Promise<void>;
  end: (table: string, found: Found, outcome: Outcome) => Promise<void>;
};

/** A store that forgets when the role may not write, or when the target was never prepared: a verification needs no rights but to read. */
export function createProgressStore(session: Session, stream: string): ProgressStore {
  const ifPossible = async <Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await ask();
    } catch (error) {
      if (["42P01", "3F000", "42501", "25006"].includes(errorCode(error) ?? "")) return undefined;
      throw error;
    }
  };
  const counts = ({ rows, differences: { missing, extra, changed }, undecided }: Found) => [
    rows,
    missing,
    extra,
    changed,
    undecided,
  ];
  return {
    find: (table, mapping) =>
      ifPossible(async () => {
        const { rows } = await session.query<Record<string, string | null>>(
          `SELECT after_key, rows, missing, extra, changed, undecided, ${timeSql("started_at")} AS started
           FROM ${STORE} WHERE stream = $1 AND table_name = $2 AND mapping = $3 AND ended_at IS NULL AND after_key IS NOT NULL`,
          [stream, table, mapping],
        );
        return rows[0] === undefined ? undefined : readInterrupted(rows[0]);
      }),
    begin: async (table, mapping) =>
      void (await ifPossible(() =>
        session.query(
          `INSERT INTO ${STORE} AS v (stream, table_name, mapping) VALUES ($1, $2, $3)
           ON CONFLICT (stream, table_name) DO UPDATE SET mapping = excluded.mapping, started_at = now(), after_key = NULL,
             ended_at = NULL, rows = 0, missing = 0, extra = 0, changed = 0, undecided = 0`,
          [stream, table, mapping],
        ),
      )),
    note: async (table, after, found) =>
      void (await ifPossible(() =>
        session.query(
          `UPDATE ${STORE} SET after_key = $3, rows = $4, missing = $5, extra = $6, changed = $7, undecided = $8
           WHERE stream = $1 AND table_name = $2`,
          [stream, table, JSON.stringify(after), ...counts(found)],
        ),
      )),
    end: async (table, found, outcome) =>
      void (await ifPossible(() =>
        session.query(
          `UPDATE ${STORE} SET after_key = NULL, rows = $3, missing = $4, extra = $5, changed = $6, undecided = $7,
             ended_at = now(), outcome = $8
           WHERE stream = $1 AND table_name = $2`,
          [stream, table, ...counts(found), outcome],
        ),
      )),
  };
}

/** Corrects what the last verification of a table found by what a repair has left of it. */
export async function noteRepaired(
  session: Session,
  stream: string,
  table: string,
  { missing, extra, changed }: DifferenceCounts,
): Promise<void> {
  const outcome: Outcome = missing + extra + changed > 0 ? "different" : "equal";
  await session.query(
    `UPDATE ${STORE} SET missing = $3, extra = $4, changed = $5, undecided = 0, outcome = $6
     WHERE stream = $1 AND table_name = $2 AND ended_at IS NOT NULL`,
    [stream, table, missing, extra, changed, outcome],
  );
}

/** What the last verification of a stream found, and how far the one that runs has come. */
export type StoredVerification = Found & {
  table: string;
  startedAt: string;
  /** Null while it runs, or when it was broken off; the counts are then of what it has found so far. */
  endedAt: string | null;
  /** Of the last that came to its end. */
  outcome: Outcome | null;
};

/** By table; none when the stream was never verified. */
export async function findVerifications(session: Session, stream: string): Promise<StoredVerification[]> {
  try {
    const { rows } = await session.query<Record<string, string | null>>(
      `SELECT table_name, rows, missing, extra, changed, undecided, outcome, ${timeSql("started_at")} AS started, ${timeSql("ended_at")} AS ended
       FROM ${STORE} WHERE stream = $1 ORDER BY table_name`,
      [stream],
    );
    return rows.map((row) => ({
      table: row["table_name"] ?? "",
      ...readFound(row),
      startedAt: row["started"] ?? "",
      endedAt: row["ended"] ?? null,
      outcome: (row["outcome"] ?? null) as Outcome | null,
    }));
  } catch (error) {
    if (["42P01", "3F000", "42501"].includes(errorCode(error) ?? "")) return [];
    throw error;
  }
}

// --- internal ---

const STORE = "strangler.verification";

function timeSql(column: string): string {
  return `pg_catalog.to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
}

function readFound(row: Record<string, string | null>): Found {
  const number = (name: string) => Number(row[name] ?? 0);
  return {
    rows: number("rows"),
    differences: { missing: number("missing"), extra: number("extra"), changed: number("changed") },
    undecided: number("undecided"),
  };
}

function readInterrupted(row: Record<string, string | null>): Interrupted {
  return {
    ...readFound(row),
    after: JSON.parse(row["after_key"] ?? "[]") as Key,
    startedAt: row["started"] ?? "",
  };
}
