// What the toolkit keeps for itself in a target database: one schema, a few tables. Each table is described where it is used.

import { POSITION_TABLE } from "./apply/position-store.ts";
import { REPAIR_KEY } from "./apply/repair-queue.ts";
import { CONTROL_TABLES } from "./control/control-store.ts";
import { COPY_CHUNK } from "./copy/chunk-store.ts";
import { DEFERRED_INDEX } from "./copy/deferred-indexes.ts";
import { PARKED_TABLES } from "./parked/parked-store.ts";
import { FOREIGN_WRITE } from "./guard/guard-sql.ts";
import { quoteName } from "./postgres/quote.ts";
import type { Session } from "./postgres/session.ts";
import { VERIFICATION_TABLE } from "./verify/progress-store.ts";

/** A table of the schema "strangler": its name, and its columns and constraints as SQL writes them. */
export type StoreTable = { name: string; columns: string };

const TABLES: readonly StoreTable[] = [
  POSITION_TABLE,
  COPY_CHUNK,
  DEFERRED_INDEX,
  VERIFICATION_TABLE,
  REPAIR_KEY,
  ...PARKED_TABLES,
  ...CONTROL_TABLES,
  FOREIGN_WRITE,
];

/** Makes the schema and the tables where they are missing. Throws the server's 42501 for a role that may not. */
export async function keepTargetStore(session: Session): Promise<void> {
  const names = TABLES.map(({ name }) => `strangler.${name}`);
  const { rows } = await session.query(
    "SELECT 1 FROM pg_catalog.unnest($1::pg_catalog.text[]) AS name WHERE pg_catalog.to_regclass(name) IS NULL",
    [names],
  );
  if (rows.length === 0) return;
  // Two streams of one target may start at the same moment, and IF NOT EXISTS does not see what is not committed yet.
  await session.query(
    "BEGIN; SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext('strangler.stream_position'))",
  );
  const { rows: schema } = await session.query("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'strangler'");
  if (schema.length === 0) await session.query("CREATE SCHEMA strangler");
  for (const { name, columns } of TABLES)
    await session.query(`CREATE TABLE IF NOT EXISTS strangler.${quoteName(name)} (${columns})`);
  await session.query("COMMIT");
}

/** Lets `role` read and write these tables, and nothing else of the schema. */
export async function lendTargetStore(session: Session, role: string): Promise<void> {
  for (const grant of storeGrants(role)) await session.query(grant);
}

/** The statements that do so. Pure. */
export function storeGrants(role: string): string[] {
  return [
    `GRANT USAGE ON SCHEMA strangler TO ${quoteName(role)}`,
    ...TABLES.map(
      ({ name }) => `GRANT SELECT, INSERT, UPDATE, DELETE ON strangler.${quoteName(name)} TO ${quoteName(role)}`,
    ),
  ];
}

/** Takes everything away that is kept for the stream. Tables that are not there have nothing to lose. */
export async function forgetStream(session: Session, stream: string): Promise<void> {
  for (const { name, columns } of [...TABLES].reverse()) {
    if (!/^\s*stream text|\n\s*stream text/.test(columns)) continue;
    const { rows } = await session.query<{ there: string }>("SELECT pg_catalog.to_regclass($1) IS NOT NULL AS there", [
      `strangler.${quoteName(name)}`,
    ]);
    if (rows[0]?.there === "t")
      await session.query(`DELETE FROM strangler.${quoteName(name)} WHERE stream = $1`, [stream]);
  }
}
