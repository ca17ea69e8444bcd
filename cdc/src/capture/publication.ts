import { quoteName, quoteTable, type TableName } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";

/** The tables that the publication publishes, or undefined when there is no such publication. */
export async function findPublication(session: Session, publication: string): Promise<TableName[] | undefined> {
  const exists = await session.query("SELECT 1 FROM pg_catalog.pg_publication WHERE pubname = $1", [publication]);
  if (exists.rows.length === 0) return undefined;
  const { rows } = await session.query<TableName>(
    `SELECT n.nspname AS schema, c.relname AS name
     FROM pg_catalog.pg_publication_rel r
     JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid
     JOIN pg_catalog.pg_class c ON c.oid = r.prrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE p.pubname = $1 ORDER BY 1, 2`,
    [publication],
  );
  return rows;
}

/**
 * Makes the publication publish exactly these tables, whole. It names no columns on purpose: a publication with a column list
 * makes the owner's own DROP COLUMN fail, and her UPDATEs too once the table's replica identity grows; a tool that watches a
 * database may never do that. Columns that the plan does not name are dropped when they arrive.
 */
export async function keepPublication(
  session: Session,
  publication: string,
  tables: readonly TableName[],
): Promise<void> {
  const found = await findPublication(session, publication);
  const list = tables.map(quoteTable).join(", ");
  const name = quoteName(publication);
  if (found === undefined) {
    await session.query(`CREATE PUBLICATION ${name} FOR TABLE ${list} WITH (publish_via_partition_root = true)`);
  } else if (!sameTables(found, tables)) {
    await session.query(`ALTER PUBLICATION ${name} SET TABLE ${list}`);
  }
}

export async function dropPublication(session: Session, publication: string): Promise<void> {
  await session.query(`DROP PUBLICATION IF EXISTS ${quoteName(publication)}`);
}

/** Those of `wanted` that are not among `published`. */
export function tablesMissing(published: readonly TableName[], wanted: readonly TableName[]): TableName[] {
  const names = new Set(published.map(quoteTable));
  return wanted.filter((table) => !names.has(quoteTable(table)));
}

export function sameTables(one: readonly TableName[], other: readonly TableName[]): boolean {
  const names = (tables: readonly TableName[]) => tables.map(quoteTable).sort().join();
  return names(one) === names(other);
}
