import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { formatTable, quoteTable, type TableName } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { PlannedChunk } from "./chunk-store.ts";
import { copyFormat } from "./copy-format.ts";

/** A table that holds rows itself: an ordinary one, or a leaf of a partitioned one. */
export type PartFacts = {
  part: TableName;
  fileNode: string;
  blocks: number;
  /** With the values that are stored apart. */
  bytes: number;
  /** By the last ANALYZE; undefined when there was none. */
  rows: number | undefined;
};

/** Where the rows of a source's table lie. */
export async function findParts(source: Session, table: TableName): Promise<PartFacts[]> {
  const { rows } = await source.query<Record<string, string | null>>(PARTS, [quoteTable(table)]);
  return rows.map((row) => ({
    part: { schema: row["schema"] ?? "", name: row["name"] ?? "" },
    fileNode: row["file_node"] ?? "",
    blocks: Number(row["blocks"]),
    bytes: Number(row["bytes"]),
    rows: Number(row["rows"]) < 0 ? undefined : Number(row["rows"]),
  }));
}

/** Cuts a table into parts of about `chunkBytes`, by blocks, so that no index is needed and no order is asked for. Pure. */
export function planChunks(table: ResolvedTable, parts: readonly PartFacts[], chunkBytes: number): PlannedChunk[] {
  const format = copyFormat(table);
  return parts.flatMap(({ part, fileNode, blocks, bytes, rows }) => {
    const bytesPerBlock = blocks === 0 ? chunkBytes : Math.max(bytes / blocks, 1);
    const step = Math.max(1, Math.floor(chunkBytes / bytesPerBlock));
    const count = Math.max(1, Math.ceil(blocks / step));
    const estimatedRows = (rows ?? bytes / GUESSED_ROW_BYTES) / count;
    return Array.from({ length: count }, (_, index) => ({
      target: formatTable(table.to),
      source: formatTable(table.from),
      work: {
        kind: "blocks" as const,
        part,
        fileNode,
        format,
        // The last one has no end: blocks may be added while this is planned.
        blocks: { first: index * step, end: index === count - 1 ? undefined : (index + 1) * step },
      },
      estimatedRows,
    }));
  });
}

/** The parts of all tables, the largest table's first. */
export async function planTables(
  source: Session,
  tables: readonly ResolvedTable[],
  chunkBytes: number,
): Promise<PlannedChunk[]> {
  const found: { bytes: number; chunks: PlannedChunk[] }[] = [];
  for (const table of tables) {
    const parts = await findParts(source, table.from);
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    found.push({ bytes, chunks: planChunks(table, parts, chunkBytes) });
  }
  return found.sort((a, b) => b.bytes - a.bytes).flatMap(({ chunks }) => chunks);
}

// --- internal ---

const GUESSED_ROW_BYTES = 100;

const PARTS = `
  SELECT n.nspname AS schema, c.relname AS name, pg_catalog.pg_relation_filenode(c.oid) AS file_node, c.reltuples AS rows,
         pg_catalog.pg_table_size(c.oid) AS bytes,
         pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::pg_catalog.int8 AS blocks
  FROM (SELECT relid FROM pg_catalog.pg_partition_tree($1::pg_catalog.regclass) WHERE isleaf
        UNION SELECT $1::pg_catalog.regclass) AS tree
  JOIN pg_catalog.pg_class c ON c.oid = tree.relid AND c.relkind = 'r'
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  ORDER BY bytes DESC, 1, 2`;
