import { identifier, type Session } from "./session.ts";

export type Grants = {
  database: string;
  owner: string;
  /** Who may read and replicate the database; absent when it is no stream's source. */
  capture?: string;
  /** Who may write it; absent when it is no stream's target. */
  apply?: string;
};

/**
 * The rights inside one database. `admin` and `owner` are sessions of that database: default rights belong to the one who will
 * make the tables, and so every later table of the owner is covered too. May be run again at any time.
 */
export async function grantRights(admin: Session, owner: Session, grants: Grants): Promise<void> {
  await closeToOthers(admin, grants);
  if (grants.capture !== undefined) await letRead(admin, owner, grants.database, grants.capture);
  if (grants.apply !== undefined) await letWrite(admin, owner, grants.database, grants.apply);
}

// --- internal ---

async function closeToOthers(admin: Session, { database, owner }: Grants): Promise<void> {
  await admin.query(`REVOKE ALL ON DATABASE ${identifier(database)} FROM PUBLIC`);
  await admin.query(`GRANT ALL ON DATABASE ${identifier(database)} TO ${identifier(owner)}`);
}

async function letRead(admin: Session, owner: Session, database: string, role: string): Promise<void> {
  const reader = identifier(role);
  await admin.query(`GRANT CONNECT ON DATABASE ${identifier(database)} TO ${reader}`);
  await owner.query(`GRANT USAGE ON SCHEMA public TO ${reader}`);
  await owner.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${reader}`);
  await owner.query(`GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ${reader}`);
  await owner.query(`ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO ${reader}`);
  await owner.query(`ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO ${reader}`);
  await owner.query(`ALTER DEFAULT PRIVILEGES GRANT SELECT ON SEQUENCES TO ${reader}`);
}

// TRUNCATE is among the rights because it is among the changes a stream carries.
const WRITES = "SELECT, INSERT, UPDATE, DELETE, TRUNCATE";

async function letWrite(admin: Session, owner: Session, database: string, role: string): Promise<void> {
  const writer = identifier(role);
  await admin.query(`GRANT CONNECT, TEMPORARY ON DATABASE ${identifier(database)} TO ${writer}`);
  await admin.query(`CREATE SCHEMA IF NOT EXISTS strangler AUTHORIZATION ${writer}`);
  await owner.query(`GRANT USAGE ON SCHEMA public TO ${writer}`);
  await owner.query(`GRANT ${WRITES} ON ALL TABLES IN SCHEMA public TO ${writer}`);
  await owner.query(`GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO ${writer}`);
  await owner.query(`ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO ${writer}`);
  await owner.query(`ALTER DEFAULT PRIVILEGES GRANT ${WRITES} ON TABLES TO ${writer}`);
  await owner.query(`ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO ${writer}`);
}
