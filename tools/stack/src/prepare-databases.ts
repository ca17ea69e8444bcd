import path from "node:path";
import { SeedDiffersError, SeedSizeMissingError } from "./errors.ts";
import { migrate } from "./migrate.ts";
import { type CheckedStackPlan } from "./plan/read-stack-plan.ts";
import type { References } from "./plan/references.ts";
import type { DatabasePlan } from "./plan/schema.ts";
import { adminAddress, nameOn, roleAddress, type DatabaseServer } from "./postgres/addresses.ts";
import { grantRights, type Grants } from "./postgres/grants.ts";
import { dropDatabase } from "./postgres/own-server.ts";
import { allowReplicaWrites, keepRole, rolesWanted } from "./postgres/roles.ts";
import { identifier, withSession, type Session } from "./postgres/session.ts";
import { runSeed } from "./run-seed.ts";
import type { Secrets } from "./state/secrets.ts";
import type { SeedRecord } from "./state/stack-record.ts";
import type { StatePaths } from "./state/state-directory.ts";

export type SeedSize = "small" | "large" | "none";

/** Names as they are on the server. */
export type Names = { databases: string[]; roles: string[] };

export type Preparation = {
  paths: StatePaths;
  checked: CheckedStackPlan;
  /** Remembers which databases were filled. */
  record: { seeds: Record<string, SeedRecord> };
  /** Called whenever the record has changed. */
  save: () => Promise<void>;
  secrets: Pick<Secrets, "roles">;
  /** Called before anything is made on the server, with all that is going to be there. May refuse by throwing. */
  beforeMaking?: ((session: Session, names: Names) => Promise<void>) | undefined;
  server: DatabaseServer;
  references: References;
  /** Absent: what is there already, or the small one where there is nothing yet. */
  seed?: SeedSize | undefined;
  onProgress: (line: string) => void;
  signal?: AbortSignal | undefined;
};

/** Roles, databases, rights, migrations and seeds, as the plan wants them. May be run again at any time; what is there stays. */
export async function prepareDatabases(preparation: Preparation): Promise<void> {
  assertSeedsPossible(preparation);
  await makeRolesAndDatabases(preparation);
  const names = Object.keys(preparation.checked.plan.databases);
  await Promise.all(names.map((name) => grantInside(preparation, name)));
  await Promise.all(names.map((name) => bringUpToDate(preparation, name)));
  for (const name of names) {
    preparation.signal?.throwIfAborted();
    await fill(preparation, name);
  }
}

/** Throws before anything is touched: a seed is put into an empty database only. */
export function assertSeedsPossible({ checked, record, seed }: Pick<Preparation, "checked" | "record" | "seed">): void {
  if (seed === undefined || seed === "none") return;
  for (const [name, database] of Object.entries(checked.plan.databases)) {
    if (database.seed === undefined) continue;
    if (database.seed.sizes[seed] === undefined) throw new SeedSizeMissingError(name, seed);
    const kept = record.seeds[name];
    if (kept?.state === "done" && kept.size !== seed) throw new SeedDiffersError(name, kept.size, seed);
  }
}

// --- internal ---

async function makeRolesAndDatabases(preparation: Preparation): Promise<void> {
  const { checked, server, secrets, beforeMaking } = preparation;
  const { plan } = checked;
  const roles = rolesWanted(plan, server, secrets.roles);
  const databases = Object.entries(plan.databases);
  await withSession(server.adminUrl, async (session) => {
    await beforeMaking?.(session, {
      databases: databases.map(([name]) => nameOn(server, name)),
      roles: roles.map(({ name }) => name),
    });
    for (const role of roles) await keepRole(session, role);
    await allowReplicaWrites(session, nameOn(server, plan.postgres.roles.apply));
    for (const [name, database] of databases) await keepDatabase(preparation, session, name, database);
  });
}

async function keepDatabase(
  { record, save, server, onProgress }: Preparation,
  session: Session,
  name: string,
  { owner }: DatabasePlan,
): Promise<void> {
  const database = nameOn(server, name);
  if (record.seeds[name]?.state === "running") {
    onProgress(`Emptying the database "${name}": filling it was interrupted`);
    await dropDatabase(session, database);
    delete record.seeds[name];
    await save();
  }
  const found = await session.query("SELECT 1 FROM pg_database WHERE datname = $1", [database]);
  if (found.length > 0) return;
  // From template0: a template1 of somebody else's may hold anything, and another encoding.
  await session.query(
    `CREATE DATABASE ${identifier(database)} OWNER ${identifier(nameOn(server, owner))} ` +
      `TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`,
  );
}

async function grantInside({ checked, server, secrets }: Preparation, name: string): Promise<void> {
  const { databases, postgres } = checked.plan;
  const { owner = "", streams = [] } = databases[name] ?? {};
  const database = nameOn(server, name);
  const grants: Grants = {
    database,
    owner: nameOn(server, owner),
    ...(streams.includes("source") ? { capture: nameOn(server, postgres.roles.capture) } : {}),
    ...(streams.includes("target") ? { apply: nameOn(server, postgres.roles.apply) } : {}),
  };
  const ownerUrl = roleAddress(server, name, owner, secrets.roles[owner] ?? "");
  await withSession(adminAddress(server, database), (admin) =>
    withSession(ownerUrl, (ownerSession) => grantRights(admin, ownerSession, grants)),
  );
}

async function bringUpToDate({ checked, server, secrets, onProgress }: Preparation, name: string): Promise<void> {
  const database = checked.plan.databases[name];
  if (!database) return;
  const url = roleAddress(server, name, database.owner, secrets.roles[database.owner] ?? "");
  const ran = await migrate(url, path.join(checked.root, database.migrations));
  if (ran.length > 0) onProgress(`Migrated the database "${name}" (${ran.length} steps)`);
}

async function fill(preparation: Preparation, name: string): Promise<void> {
  const { paths, checked, record, save, references, seed: size = "small", onProgress, signal } = preparation;
  const seed = checked.plan.databases[name]?.seed;
  if (seed === undefined || record.seeds[name]?.state === "done") return;
  const note = async (state: "running" | "done") => {
    record.seeds[name] = { size, state };
    await save();
  };
  if (size !== "none") {
    onProgress(`Filling the database "${name}" (${size})`);
    await note("running");
    await runSeed({ paths, checked, references, database: name, seed, size, signal });
  }
  await note("done");
}
