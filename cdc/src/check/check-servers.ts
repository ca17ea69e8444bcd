// Whether the two servers, and the roles that we are to them, allow what a stream does.

import { errorCode, ExitCode } from "@strangler/platform";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import type { StreamProblem } from "../errors.ts";
import { formatTable, quoteName, quoteTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";

/** PostgreSQL 15 is the oldest that is supported. */
const OLDEST = 150_000;

export type ServerFacts = {
  version: number;
  versionLabel: string;
  walLevel: string;
  role: string;
  mayReplicate: boolean;
  slots: { used: number; limit: number; ours: boolean };
  senders: { used: number; limit: number };
};

export async function readServerFacts(session: Session, slot: string): Promise<ServerFacts> {
  const { rows } = await session.query<Record<string, string>>(
    `SELECT pg_catalog.current_setting('server_version_num') AS version,
            pg_catalog.current_setting('server_version') AS label,
            pg_catalog.current_setting('wal_level') AS wal_level,
            pg_catalog.current_setting('max_replication_slots') AS max_slots,
            pg_catalog.current_setting('max_wal_senders') AS max_senders,
            r.rolname AS role, r.rolreplication OR r.rolsuper AS may_replicate,
            (SELECT count(*) FROM pg_catalog.pg_replication_slots) AS slots,
            (SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'walsender') AS senders,
            EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name = $1) AS ours
     FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`,
    [slot],
  );
  const row = rows[0] ?? {};
  return {
    version: Number(row["version"]),
    versionLabel: row["label"] ?? "",
    walLevel: row["wal_level"] ?? "",
    role: row["role"] ?? "",
    mayReplicate: row["may_replicate"] === "t",
    slots: { used: Number(row["slots"]), limit: Number(row["max_slots"]), ours: row["ours"] === "t" },
    senders: { used: Number(row["senders"]), limit: Number(row["max_senders"]) },
  };
}

/** What keeps the source from sending its log. Pure. */
export function checkSource(facts: ServerFacts): StreamProblem[] {
  const problems = checkVersion("source", facts);
  if (facts.walLevel !== "logical") {
    problems.push({
      problem: "WAL_LEVEL",
      exitCode: ExitCode.environment,
      sentence: `The source's wal_level is "${facts.walLevel}", and a stream needs "logical". ALTER SYSTEM SET wal_level = logical, then restart the server.`,
    });
  }
  if (!facts.mayReplicate) {
    problems.push({
      problem: "NO_REPLICATION_RIGHT",
      exitCode: ExitCode.environment,
      sentence: `The source's role "${facts.role}" may not replicate. ALTER ROLE ${quoteName(facts.role)} REPLICATION.`,
    });
  }
  const { used, limit, ours } = facts.slots;
  if (!ours && used >= limit) {
    problems.push({
      problem: "NO_FREE_SLOT",
      exitCode: ExitCode.environment,
      sentence: `All ${limit} replication slots of the source are in use. Drop one that nobody needs (SELECT * FROM pg_replication_slots), or raise max_replication_slots and restart the server.`,
    });
  }
  if (facts.senders.used >= facts.senders.limit) {
    problems.push({
      problem: "NO_FREE_SENDER",
      exitCode: ExitCode.environment,
      sentence: `All ${facts.senders.limit} log senders of the source are in use. Raise max_wal_senders and restart the server.`,
    });
  }
  return problems;
}

export function checkVersion(
  side: "source" | "target",
  facts: Pick<ServerFacts, "version" | "versionLabel">,
): StreamProblem[] {
  if (facts.version >= OLDEST) return [];
  const sentence = `The ${side} is PostgreSQL ${facts.versionLabel}, and 15 is the oldest that is supported. Upgrade it.`;
  return [{ problem: "SERVER_TOO_OLD", exitCode: ExitCode.environment, sentence }];
}

/** Rights on the source's tables. */
export async function checkSourceRights(
  session: Session,
  role: string,
  tables: readonly ResolvedTable[],
): Promise<StreamProblem[]> {
  const problems: StreamProblem[] = [];
  for (const { from, inputs } of tables) {
    const { rows } = await session.query<{ missing: string }>(
      `SELECT name AS missing FROM pg_catalog.unnest($2::pg_catalog.text[]) AS name
       WHERE NOT pg_catalog.has_schema_privilege($3, 'USAGE') OR NOT pg_catalog.has_column_privilege($1, name, 'SELECT')`,
      [quoteTable(from), inputs.map(({ name }) => name), from.schema],
    );
    if (rows.length === 0) continue;
    const columns = rows.map(({ missing }) => missing).join(", ");
    problems.push({
      problem: "NO_SELECT_RIGHT",
      exitCode: ExitCode.environment,
      sentence: `The source's role "${role}" may not read ${formatTable(from)} (${columns}). GRANT USAGE ON SCHEMA ${quoteName(from.schema)} TO ${quoteName(role)}; GRANT SELECT ON ${quoteTable(from)} TO ${quoteName(role)}.`,
    });
  }
  return problems;
}

/** Rights on the target's tables, and the right to write as a replica. */
export async function checkTargetRights(
  session: Session,
  role: string,
  tables: readonly ResolvedTable[],
): Promise<StreamProblem[]> {
  const problems: StreamProblem[] = [];
  for (const { to } of tables) {
    const { rows } = await session.query<{ missing: string }>(
      `SELECT privilege AS missing FROM pg_catalog.unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
       WHERE NOT pg_catalog.has_schema_privilege($2, 'USAGE') OR NOT pg_catalog.has_table_privilege($1, privilege)`,
      [quoteTable(to), to.schema],
    );
    if (rows.length === 0) continue;
    const rights = rows.map(({ missing }) => missing).join(", ");
    problems.push({
      problem: "NO_WRITE_RIGHT",
      exitCode: ExitCode.environment,
      sentence: `The target's role "${role}" lacks ${rights} on ${formatTable(to)}. GRANT USAGE ON SCHEMA ${quoteName(to.schema)} TO ${quoteName(role)}; GRANT SELECT, INSERT, UPDATE, DELETE ON ${quoteTable(to)} TO ${quoteName(role)}.`,
    });
  }
  return [...problems, ...(await checkReplicaRole(session, role))];
}

// --- internal ---

async function checkReplicaRole(session: Session, role: string): Promise<StreamProblem[]> {
  try {
    await session.query("BEGIN; SET LOCAL session_replication_role = replica; ROLLBACK");
    return [];
  } catch (error) {
    await session.query("ROLLBACK");
    if (errorCode(error) !== "42501") throw error;
    const sentence = `The target's role "${role}" may not write as a replica, so triggers and foreign keys would act a second time. GRANT SET ON PARAMETER session_replication_role TO ${quoteName(role)}.`;
    return [{ problem: "NO_REPLICA_RIGHT", exitCode: ExitCode.environment, sentence }];
  }
}
