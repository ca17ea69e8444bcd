import { errorCode, type Logger } from "@strangler/platform";
import type { StreamAddresses } from "../addresses.ts";
import { targetTables, type StreamPlan } from "../plan/stream-plan.ts";
import { formatTable, quoteName, type TableName } from "../postgres/quote.ts";
import { withSession, type Session } from "../postgres/session.ts";
import { GuardNotAllowedError } from "./errors.ts";
import {
  dropTriggerStatement,
  GUARD_TRIGGER,
  guardStatements,
  guardSwitch,
  switchStatement,
  SWITCH_VALUES,
  type GuardMode,
} from "./guard-sql.ts";

/** What the plan wants: what it says, else `refuse`; where both sides are written to, there is nobody to refuse. */
export function plannedGuard(plan: StreamPlan): GuardMode {
  return plan.guard ?? (plan.onConflict === undefined ? "refuse" : "off");
}

/**
 * Puts the guard on the target tables where it is missing, and sets it. Uses the role that applies, or else the owner's address. Where
 * neither may, says so in the log with the SQL for it, or throws GuardNotAllowedError when the plan asks for the guard by name.
 */
export async function installGuard(
  plan: StreamPlan,
  addresses: StreamAddresses,
  mode: GuardMode,
  log: Logger,
): Promise<void> {
  const [missing, now] = await onTarget(plan, addresses.apply, async (session) => [
    await findUnguarded(session, plan),
    await readGuard(session, plan.name),
  ]);
  if (now === "open") return;
  if (mode === "off" && missing.length > 0) return;
  if (missing.length === 0 && now !== undefined && (await mayNot(setSwitch(plan, addresses.apply, mode))) === undefined)
    return;
  const sql = guardStatements(plan.name, missing, mode);
  const first = await mayNot(onTarget(plan, addresses.apply, (session) => run(session, sql)));
  if (first === undefined) return;
  const refusal = await mayNot(
    onTarget(plan, addresses.target, async (session) => {
      await run(session, sql);
      await lend(session, plan, addresses);
    }),
  );
  if (refusal === undefined) return;
  const tables = missing.map(formatTable);
  if (plan.guard !== undefined && errorCode(refusal) === "42501") {
    throw new GuardNotAllowedError(plan.name, tables, sql.join(";\n"));
  }
  log.warn(
    { tables, reason: refusal.message, sql: sql.join("; ") },
    "the target tables are not guarded against others",
  );
}

/** Switches the guard of tables that have it; takes effect at once, also for transactions that have begun. */
export async function switchGuard(session: Session, stream: string, mode: GuardMode): Promise<void> {
  if ((await readGuard(session, stream)) === undefined) return;
  await session.query(switchStatement(stream, mode));
}

/** What the guard does now; undefined where there is none. */
export async function readGuard(session: Session, stream: string): Promise<GuardMode | undefined> {
  try {
    const { rows } = await session.query<{ value: string }>(`SELECT last_value AS value FROM ${guardSwitch(stream)}`);
    const value = Number(rows[0]?.value);
    return (Object.keys(SWITCH_VALUES) as GuardMode[]).find((mode) => SWITCH_VALUES[mode] === value);
  } catch (error) {
    if (["42P01", "3F000", "42501"].includes(errorCode(error) ?? "")) return undefined;
    throw error;
  }
}

/** Takes the guard off every table that has it for this stream. */
export async function removeGuard(session: Session, stream: string): Promise<void> {
  for (const table of await findGuarded(session, stream)) {
    await withLockTimeout(session, dropTriggerStatement(table));
  }
  await session.query(`DROP SEQUENCE IF EXISTS ${guardSwitch(stream)}`).catch((error: unknown) => {
    if (errorCode(error) !== "3F000") throw error;
  });
}

/** What others have written while the guard observed. Times are ISO 8601. */
export type ForeignWrite = {
  table: string;
  role: string;
  application: string;
  op: string;
  statements: number;
  lastAt: string;
};

export async function listForeignWrites(session: Session, stream: string): Promise<ForeignWrite[]> {
  const { rows } = await session.query<
    Record<"table" | "role" | "application" | "op" | "statements" | "last_at", string>
  >(
    `SELECT target_table AS "table", role, application, op, sum(statements) AS statements,
            pg_catalog.to_char(max(last_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS last_at
     FROM strangler.foreign_write WHERE stream = $1 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4`,
    [stream],
  );
  return rows.map(({ last_at: lastAt, statements, ...row }) => ({ ...row, statements: Number(statements), lastAt }));
}

/** Whether the guard stands on all of the plan's target tables and their partitions. */
export async function isGuarded(session: Session, plan: StreamPlan): Promise<boolean> {
  return (await findUnguarded(session, plan)).length === 0;
}

// --- internal ---

const ALL_LEAVES = `
  SELECT n.nspname AS schema, c.relname AS name, c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.oid IN (
    SELECT pg_catalog.to_regclass(t) FROM pg_catalog.unnest($1::text[]) AS t
    UNION SELECT p.relid FROM pg_catalog.unnest($1::text[]) AS t CROSS JOIN LATERAL pg_catalog.pg_partition_tree(pg_catalog.to_regclass(t)) AS p)`;

/** The plan's target tables, and their partitions, on which the guard does not stand. */
export async function findUnguarded(session: Session, plan: StreamPlan): Promise<TableName[]> {
  const { rows } = await session.query<TableName>(
    `SELECT l.schema, l.name FROM (${ALL_LEAVES}) AS l
     WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger g WHERE g.tgrelid = l.oid AND g.tgname = '${GUARD_TRIGGER}' AND g.tgenabled = 'A'
       AND pg_catalog.encode(g.tgargs, 'escape') = $2 || '\\000') ORDER BY 1, 2`,
    [targetTables(plan).map(({ schema, name }) => `${quoteName(schema)}.${quoteName(name)}`), plan.name],
  );
  return rows;
}

async function findGuarded(session: Session, stream: string): Promise<TableName[]> {
  const { rows } = await session.query<TableName>(
    `SELECT n.nspname AS schema, c.relname AS name FROM pg_catalog.pg_trigger g
     JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE g.tgname = '${GUARD_TRIGGER}' AND pg_catalog.encode(g.tgargs, 'escape') = $1 || '\\000'`,
    [stream],
  );
  return rows;
}

function onTarget<Result>(plan: StreamPlan, url: string, use: (session: Session) => Promise<Result>): Promise<Result> {
  return withSession({ url, what: `The target "${plan.target}"`, application: `strangler guard ${plan.name}` }, use);
}

async function setSwitch(plan: StreamPlan, url: string, mode: GuardMode): Promise<void> {
  await onTarget(plan, url, (session) => session.query(switchStatement(plan.name, mode)));
}

async function run(session: Session, statements: readonly string[]): Promise<void> {
  await session.query("SET client_min_messages = warning");
  for (const statement of statements) await withLockTimeout(session, statement);
}

// CREATE TRIGGER waits for whoever writes the table, and all who come later wait for it: rather not at all than for long.
async function withLockTimeout(session: Session, statement: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await session.query(`BEGIN; SET LOCAL lock_timeout = '500ms'; ${statement}; COMMIT`);
      return;
    } catch (error) {
      await session.query("ROLLBACK");
      if (errorCode(error) !== "55P03" || tries === LOCK_TRIES) throw error;
    }
  }
}

const LOCK_TRIES = 5;

/** Undefined when it was done; the error when this role may not, or somebody holds the table. */
async function mayNot(work: Promise<void>): Promise<Error | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    const isExpected = ["42501", "42P01", "3F000", "55P03"].includes(errorCode(error) ?? "");
    if (!isExpected || !(error instanceof Error)) throw error;
    return error;
  }
}

async function lend(owner: Session, plan: StreamPlan, addresses: StreamAddresses): Promise<void> {
  const role = await onTarget(plan, addresses.apply, async (session) => {
    const { rows } = await session.query<{ role: string }>("SELECT current_user AS role");
    return rows[0]?.role ?? "";
  });
  await owner.query(`GRANT SELECT, UPDATE ON SEQUENCE ${guardSwitch(plan.name)} TO ${quoteName(role)}`);
}
