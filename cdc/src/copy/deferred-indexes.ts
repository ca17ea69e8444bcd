// Secondary indexes of target tables that are empty: dropped before the copy and built after it, which costs far less than keeping
// them up row by row. What is dropped is noted in the same transaction, and what is built is struck off in the same transaction, so
// that no crash loses one.
//
// Left alone is whatever means more than speed: unique indexes, those behind a constraint, the replica identity, indexes of
// partitioned tables (whose parts hang together), and tables that the stream's role does not own.

import { errorCode } from "@strangler/platform";
import { formatTable, quoteName, quoteTable, type TableName } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { StoreTable } from "../target-store.ts";

export const DEFERRED_INDEX: StoreTable = {
  name: "deferred_index",
  columns: `
    stream text NOT NULL,
    target_table text NOT NULL,
    name text NOT NULL,
    definition text NOT NULL,
    dropped_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    PRIMARY KEY (stream, target_table, name)`,
};

/** Drops what may be dropped, table by table. Answers the names of the indexes. */
export async function deferIndexes(session: Session, stream: string, tables: readonly TableName[]): Promise<string[]> {
  const dropped: string[] = [];
  for (const table of tables) {
    const { rows } = await session.query<RawIndex>(DROPPABLE, [quoteTable(table)]);
    for (const { schema, name, definition } of rows) {
      await session.query("BEGIN");
      await session.query(
        `INSERT INTO ${STORE} (stream, target_table, name, definition) VALUES ($1, $2, $3, $4)
         ON CONFLICT (stream, target_table, name) DO UPDATE SET definition = excluded.definition`,
        [stream, formatTable(table), name, definition],
      );
      await session.query(`DROP INDEX ${quoteName(schema)}.${quoteName(name)}`);
      await session.query("COMMIT");
      dropped.push(name);
    }
  }
  return dropped;
}

/** Builds again all that was dropped. Others can read the table meanwhile, not write it. */
export async function rebuildIndexes(
  session: Session,
  stream: string,
  onIndex: (name: string, ms: number) => void = () => undefined,
): Promise<void> {
  for (const { target_table, name, definition } of await findDeferred(session, stream)) {
    const startedAt = performance.now();
    await session.query("BEGIN");
    await session.query(definition);
    await session.query(`DELETE FROM ${STORE} WHERE stream = $1 AND target_table = $2 AND name = $3`, [
      stream,
      target_table,
      name,
    ]);
    await session.query("COMMIT");
    onIndex(name, Math.round(performance.now() - startedAt));
  }
}

// --- internal ---

const STORE = "strangler.deferred_index";

type DeferredIndex = { target_table: string; name: string; definition: string };

async function findDeferred(session: Session, stream: string): Promise<DeferredIndex[]> {
  try {
    const { rows } = await session.query<DeferredIndex>(
      `SELECT target_table, name, definition FROM ${STORE} WHERE stream = $1 ORDER BY target_table, name`,
      [stream],
    );
    return rows;
  } catch (error) {
    // A target that no stream was ever prepared for.
    if (errorCode(error) === "42P01" || errorCode(error) === "3F000") return [];
    throw error;
  }
}

type RawIndex = { schema: string; name: string; definition: string };

const DROPPABLE = `
  SELECT n.nspname AS schema, c.relname AS name, pg_catalog.pg_get_indexdef(i.indexrelid) AS definition
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
  WHERE i.indrelid = $1::pg_catalog.regclass AND t.relkind = 'r' AND NOT t.relispartition AND NOT i.indisunique
    AND NOT i.indisexclusion AND NOT i.indisreplident AND NOT i.indisclustered AND i.indisvalid
    AND pg_catalog.pg_has_role(t.relowner, 'USAGE')
    AND pg_catalog.has_schema_privilege(n.oid, 'CREATE')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid)
  ORDER BY name`;
