// The guard: while tables are a copy, whoever else writes them is refused, or counted. A trigger before each statement stands on every
// target table and on each of its partitions (a statement on a leaf fires no trigger of its parent), fires for replicas too
// (ENABLE ALWAYS), and lets pass who says that it is the stream. It keeps mistakes out, not an enemy: an owner can drop it.
//
// Whether it refuses, counts or is open is read from a sequence. A sequence is not under MVCC: a transaction that began before the
// switch sees it too, where a row would still show it the old state.

import { quoteName, quoteTable, quoteText, type TableName } from "../postgres/quote.ts";
import type { StoreTable } from "../target-store.ts";

/**
 * `refuse`: foreign writes fail. `observe`: they pass and are counted. `off`: they pass. `open`: they pass because the tables have
 * ceased to be a copy; whatever the plan says, until somebody switches it again.
 */
export type GuardMode = "refuse" | "observe" | "off" | "open";

/** The session setting by which the stream's own sessions are known; its value is the stream's name. */
export const APPLYING = "strangler.applying";

export const GUARD_TRIGGER = "strangler_guard";

export const FOREIGN_WRITE: StoreTable = {
  name: "foreign_write",
  // One row for each server process, so that writers do not wait for each other.
  columns: `
    stream text NOT NULL,
    target_table text NOT NULL,
    role text NOT NULL,
    application text NOT NULL,
    op text NOT NULL,
    pid int NOT NULL,
    statements bigint NOT NULL DEFAULT 1,
    first_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    last_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    PRIMARY KEY (stream, target_table, role, application, op, pid)`,
};

export const SWITCH_VALUES: Readonly<Record<GuardMode, number>> = { refuse: 1, observe: 2, off: 3, open: 4 };

/** The sequence that says what the guard does. */
export function guardSwitch(stream: string): string {
  return `strangler.${quoteName(`guard_${stream}`)}`;
}

/** What every guard calls; made once in a target. */
export const GUARD_FUNCTION = `
  CREATE OR REPLACE FUNCTION strangler.guard_copy() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $guard$
  DECLARE
    state bigint;
    who text := current_setting('role', true);
  BEGIN
    EXECUTE format('SELECT last_value FROM strangler.%I', 'guard_' || TG_ARGV[0]) INTO state;
    IF state = 1 THEN
      RAISE EXCEPTION '%.% is a copy that the stream "%" keeps, so nobody else may write it', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_ARGV[0]
        USING ERRCODE = 'insufficient_privilege',
              HINT = format('Write to the source. To see who writes here without refusing, say guard: observe for "%s" in the plan of streams.', TG_ARGV[0]);
    ELSIF state = 2 THEN
      INSERT INTO strangler.foreign_write AS f (stream, target_table, role, application, op, pid)
      VALUES (TG_ARGV[0], TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, CASE WHEN who = 'none' THEN session_user ELSE who END,
              current_setting('application_name'), TG_OP, pg_backend_pid())
      ON CONFLICT (stream, target_table, role, application, op, pid)
        DO UPDATE SET statements = f.statements + 1, last_at = clock_timestamp();
    END IF;
    RETURN NULL;
  END $guard$`;

/** The statements that put the guard on these tables (partitions are tables of their own here). */
export function guardStatements(stream: string, tables: readonly TableName[], mode: GuardMode): string[] {
  return [
    GUARD_FUNCTION,
    `CREATE SEQUENCE IF NOT EXISTS ${guardSwitch(stream)}`,
    switchStatement(stream, mode),
    ...tables.map((table) => triggerStatement(stream, table)),
  ];
}

export function switchStatement(stream: string, mode: GuardMode): string {
  return `SELECT pg_catalog.setval(${quoteText(guardSwitch(stream))}, ${SWITCH_VALUES[mode]})`;
}

export function dropTriggerStatement(table: TableName): string {
  return `DROP TRIGGER IF EXISTS ${GUARD_TRIGGER} ON ${quoteTable(table)}`;
}

// --- internal ---

// The stream's own statements are told by the condition, so that they pay for no function.
function triggerStatement(stream: string, table: TableName): string {
  const name = quoteTable(table);
  const isForeign = `pg_catalog.current_setting('${APPLYING}', true) IS DISTINCT FROM ${quoteText(stream)}`;
  return `${dropTriggerStatement(table)};
    CREATE TRIGGER ${GUARD_TRIGGER} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${name} FOR EACH STATEMENT
      WHEN (${isForeign}) EXECUTE FUNCTION strangler.guard_copy(${quoteText(stream)});
    ALTER TABLE ${name} ENABLE ALWAYS TRIGGER ${GUARD_TRIGGER}`;
}
