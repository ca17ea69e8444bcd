import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { getStream, readStreams } from "@strangler/cdc";
import { migrate } from "@strangler/stack";
import { withDatabase } from "@strangler/test-kit";
import { legacyTables, type LegacyTable } from "../../src/from-legacy/tables.ts";

const ROOT = path.resolve(import.meta.dirname, "../../../..");
const STREAMS_FILE = path.join(ROOT, "plan/streams.yaml");

describe("the translation of the monolith's rows", () => {
  test("is what the stream does", async () => {
    const stream = getStream(await readStreams(STREAMS_FILE), "catalog", STREAMS_FILE);

    expect(stream.tables).toEqual(legacyTables.map(asPlanned));
  });

  test("has decided about every column of the monolith's tables", async () => {
    const columns = await columnsAfter("migrations/monolith");

    for (const table of legacyTables) {
      expect([...decidedColumns(table)].sort()).toEqual(columns.get(table.from));
    }
  });

  test("gives every column of the catalog's tables a value", async () => {
    const columns = await columnsAfter("migrations/catalog");

    expect(legacyTables.map(({ to }) => to).sort()).toEqual([...columns.keys()].sort());
    for (const table of legacyTables) {
      expect(Object.keys(table.columns).sort()).toEqual(columns.get(table.to));
    }
  });
});

// --- internal ---

// The plan holds what is done; why it is done stays with us.
function asPlanned({ from, to, key, where, columns }: LegacyTable) {
  return {
    from,
    to,
    key,
    columns,
    ...(where === undefined ? {} : { where: { expression: where.expression, from: where.from } }),
  };
}

function decidedColumns({ columns, where, leftBehind }: LegacyTable): Set<string> {
  const used = Object.values(columns).flatMap((source) => (typeof source === "string" ? [source] : source.from));
  return new Set([...used, ...(where?.from ?? []), ...Object.keys(leftBehind)]);
}

/** The sorted columns of each table of a database with these migrations, "public.table" as the key. */
function columnsAfter(migrations: string): Promise<Map<string, string[]>> {
  return withDatabase(undefined, async ({ url, query }) => {
    await migrate(url, path.join(ROOT, migrations));
    const rows = await query<{ table: string; columns: string[] }>(`
      SELECT format('public.%s', table_name) AS table, array_agg(column_name::text ORDER BY column_name) AS columns
        FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name NOT LIKE 'knex%'
       GROUP BY table_name`);
    return new Map(rows.map(({ table, columns }) => [table, columns]));
  });
}
