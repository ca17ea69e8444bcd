import { NameTakenError, ServerUnfitError, ServerUnreachableError } from "../errors.ts";
import { placeOf, type DatabaseServer } from "./addresses.ts";
import { identifier, withSession, type Session } from "./session.ts";

export type ServerFacts = {
  /** As in `server_version_num`: 150004. */
  version: number;
  walLevel: string;
  superuser: boolean;
  freeSlots: number;
};

export type Unfit = { reason: string; remedy: string };

/** What keeps the server from being used, or undefined. Pure. */
export function findUnfitness({ version, walLevel, superuser, freeSlots }: ServerFacts): Unfit | undefined {
  const major = Math.floor(version / 10_000);
  if (major < 15) {
    return { reason: `it is version ${major}, and 15 is the oldest that works`, remedy: "Name a newer server." };
  }
  if (walLevel !== "logical") {
    return {
      reason: `its wal_level is "${walLevel}", and streams need "logical"`,
      remedy: `Run "ALTER SYSTEM SET wal_level = logical" there and restart the server.`,
    };
  }
  if (!superuser) {
    return {
      reason: "the user of the address is no superuser, so it may not make a role that replicates",
      remedy: "Name a superuser in --database-url.",
    };
  }
  if (freeSlots < 1) {
    return {
      reason: "all its replication slots are in use",
      remedy: `Raise max_replication_slots there and restart the server.`,
    };
  }
  return undefined;
}

/** Looks whether the server can be used. Throws ServerUnreachableError or ServerUnfitError. Changes nothing. */
export async function assertUsable(adminUrl: string): Promise<void> {
  const at = placeOf(adminUrl);
  const facts = await withSession(adminUrl, readFacts).catch((error: unknown) => {
    throw new ServerUnreachableError(at, error);
  });
  const unfit = findUnfitness(facts);
  if (unfit) throw new ServerUnfitError(at, unfit.reason, unfit.remedy);
}

/** Throws NameTakenError when the server has one of these and it is not among those made by this stack. */
export async function assertNamesFree(
  session: Session,
  at: string,
  wanted: { databases: readonly string[]; roles: readonly string[] },
  created: { databases: readonly string[]; roles: readonly string[] },
): Promise<void> {
  const databases = await session.query<{ name: string }>(
    "SELECT datname AS name FROM pg_database WHERE datname = ANY($1) AND datname <> ALL($2)",
    [wanted.databases, created.databases],
  );
  const roles = await session.query<{ name: string }>(
    "SELECT rolname AS name FROM pg_roles WHERE rolname = ANY($1) AND rolname <> ALL($2)",
    [wanted.roles, created.roles],
  );
  if (databases[0]) throw new NameTakenError("database", databases[0].name, at);
  if (roles[0]) throw new NameTakenError("role", roles[0].name, at);
}

/** Drops what was made on the server: databases with their slots, then roles. Names that are gone already are passed over. */
export async function dropCreated(
  server: DatabaseServer,
  created: { databases: readonly string[]; roles: readonly string[] },
): Promise<void> {
  await withSession(server.adminUrl, async (session) => {
    for (const database of created.databases) await dropDatabase(session, database);
    for (const role of created.roles) await dropRole(session, role);
  });
}

export async function dropDatabase(session: Session, database: string): Promise<void> {
  // An active slot forbids the drop; an idle one goes with its database.
  await session.query(
    "SELECT pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE database = $1 AND active",
    [database],
  );
  await session.query(`DROP DATABASE IF EXISTS ${identifier(database)} WITH (FORCE)`);
}

// --- internal ---

async function readFacts(session: Session): Promise<ServerFacts> {
  const [facts] = await session.query<ServerFacts>(`
    SELECT current_setting('server_version_num')::int AS version,
           current_setting('wal_level') AS "walLevel",
           (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
           current_setting('max_replication_slots')::int - (SELECT count(*)::int FROM pg_replication_slots) AS "freeSlots"`);
  if (!facts) throw new Error("The server answered nothing.");
  return facts;
}

async function dropRole(session: Session, role: string): Promise<void> {
  const found = await session.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [role]);
  if (found.length === 0) return;
  // A right to set a parameter keeps a role from being dropped.
  await session.query(`REVOKE ALL ON PARAMETER session_replication_role FROM ${identifier(role)}`);
  await session.query(`DROP ROLE ${identifier(role)}`);
}
