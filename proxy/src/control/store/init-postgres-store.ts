import pg from "pg";
import { RoutesStoreAwayError } from "../../errors.ts";
import { parseRoutes } from "../../routes/parse.ts";
import { missingEntry } from "../audit/chain.ts";
import { CHAIN_START } from "../audit/entry.ts";
import { nameOf } from "./postgres-name.ts";
import { GRANTS, MIGRATIONS, SCHEMA, type GrantKind } from "./postgres-schema.ts";

export type InitWish = {
  /** Put in where the store holds no routes yet. */
  text: string;
  /** Roles that get exactly the rights they need. */
  roles?: Partial<Record<GrantKind, readonly string[]>>;
};

export type InitResult = { migrated: number; seeded: boolean; granted: string[] };

/**
 * Makes the tables, gives rights, and puts the first routes in; does only what is missing, so it may be run again. Needs a role
 * that may create a schema. Throws RoutesStoreAwayError, PlanFileError when the first routes are wrong.
 */
export async function initPostgresStore(url: string, { text, roles = {} }: InitWish): Promise<InitResult> {
  parseRoutes("the routes file", text);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.query("BEGIN");
    // Two that begin at once: the second waits, and finds everything there.
    await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [SCHEMA]);
    const result = {
      migrated: await migrate(client),
      granted: await grant(client, roles),
      seeded: await seed(client, text, nameOf(url)),
    };
    await client.query("COMMIT");
    return result;
  } catch (error) {
    throw new RoutesStoreAwayError(nameOf(url), error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

// --- internal ---

async function migrate(client: pg.Client): Promise<number> {
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA}`);
  await client.query(
    `CREATE TABLE IF NOT EXISTS ${SCHEMA}.migrations (number int PRIMARY KEY, at timestamptz DEFAULT now())`,
  );
  const { rows } = await client.query<{ done: number }>(`SELECT count(*)::int AS done FROM ${SCHEMA}.migrations`);
  const missing = MIGRATIONS.slice(rows[0]?.done ?? 0);
  for (const [index, statements] of missing.entries()) {
    await client.query(statements);
    await client.query(`INSERT INTO ${SCHEMA}.migrations (number) VALUES ($1)`, [
      MIGRATIONS.length - missing.length + index + 1,
    ]);
  }
  return missing.length;
}

async function grant(client: pg.Client, roles: NonNullable<InitWish["roles"]>): Promise<string[]> {
  const granted: string[] = [];
  for (const [kind, statements] of Object.entries(GRANTS)) {
    for (const role of roles[kind as GrantKind] ?? []) {
      for (const statement of statements) await client.query(statement.replace(":role", pg.escapeIdentifier(role)));
      granted.push(`${role}: ${kind}`);
    }
  }
  return granted;
}

async function seed(client: pg.Client, text: string, name: string): Promise<boolean> {
  const { rowCount } = await client.query(`INSERT INTO ${SCHEMA}.state (text) VALUES ($1) ON CONFLICT DO NOTHING`, [
    text,
  ]);
  if (rowCount !== 1) return false;
  const entry = missingEntry({ end: CHAIN_START, last: undefined }, undefined, { text, at: new Date(), name });
  await client.query(`INSERT INTO ${SCHEMA}.audit (seq, at, line) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, [
    entry?.seq,
    entry?.at,
    JSON.stringify(entry),
  ]);
  return true;
}
