// Which parts of a stream's tables are on the target: one row for each, moved on in the same target transaction as the part's
// rows, so that whoever comes after a crash knows what is there and what is not.

import { errorCode } from "@strangler/platform";
import type { TableName } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { StoreTable } from "../target-store.ts";

export type CopyFormat = "binary" | "text";

/** A part of a copy. */
export type CopyChunk = {
  /** Its place in the stream's plan. */
  number: number;
  /** "schema.table" on the target, and the plan's source table. */
  target: string;
  source: string;
  work: ChunkWork;
  /** How far windows have come in it: the last row's place, or its key as JSON. */
  place: string | undefined;
  rows: number;
  bytes: number;
  /** What the source's statistics promised. */
  estimatedRows: number;
  isDone: boolean;
};

export type ChunkWork =
  /** The rows that lie in these blocks of a table, or of one of its partitions. */
  | {
      kind: "blocks";
      part: TableName;
      /** As pg_relation_filenode says; another one after a rewrite. */ fileNode: string;
      blocks: BlockRange;
      format: CopyFormat;
    }
  /** The target's rows that the source does not have. */
  | { kind: "removals" };

/** From `first` up to, not including, `end`; to the end of the table where that is undefined. */
export type BlockRange = { first: number; end: number | undefined };

export const COPY_CHUNK: StoreTable = {
  name: "copy_chunk",
  columns: `
    stream text NOT NULL,
    number int NOT NULL,
    target_table text NOT NULL,
    source_table text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('blocks', 'removals')),
    part_schema text,
    part_name text,
    file_node text,
    first_block bigint,
    end_block bigint,
    format text,
    place text,
    rows bigint NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0,
    estimated_rows bigint NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (stream, number)`,
};

/** All parts, in order; none when nothing was ever planned (or the store is not there yet). */
export async function findChunks(session: Session, stream: string): Promise<CopyChunk[]> {
  try {
    const { rows } = await session.query<RawChunk>(`SELECT * FROM ${STORE} WHERE stream = $1 ORDER BY number`, [
      stream,
    ]);
    return rows.map(readChunk);
  } catch (error) {
    if (errorCode(error) === "42P01" || errorCode(error) === "3F000") return [];
    throw error;
  }
}

/** Adds parts, numbered on from those that are there. */
export async function addChunks(session: Session, stream: string, chunks: readonly PlannedChunk[]): Promise<void> {
  const blocks = (chunk: PlannedChunk) => (chunk.work.kind === "blocks" ? chunk.work : undefined);
  const columns: [type: string, values: unknown[]][] = [
    ["text", chunks.map(({ target }) => target)],
    ["text", chunks.map(({ source }) => source)],
    ["text", chunks.map(({ work }) => work.kind)],
    ["text", chunks.map((chunk) => blocks(chunk)?.part.schema)],
    ["text", chunks.map((chunk) => blocks(chunk)?.part.name)],
    ["text", chunks.map((chunk) => blocks(chunk)?.fileNode)],
    ["int8", chunks.map((chunk) => blocks(chunk)?.blocks.first)],
    ["int8", chunks.map((chunk) => blocks(chunk)?.blocks.end)],
    ["text", chunks.map((chunk) => blocks(chunk)?.format)],
    ["int8", chunks.map(({ estimatedRows }) => Math.round(estimatedRows))],
  ];
  const given = columns.map(([type], place) => `pg_catalog.unnest($${place + 2}::pg_catalog.${type}[])`).join(", ");
  await session.query(
    `INSERT INTO ${STORE} (stream, number, target_table, source_table, kind, part_schema, part_name, file_node, first_block, end_block, format, estimated_rows)
     SELECT $1, last + c.place, c.target, c.source, c.kind, c.part_schema, c.part_name, c.file_node, c.first, c.stop, c.format, c.estimated
     FROM ROWS FROM (${given}) WITH ORDINALITY
       AS c(target, source, kind, part_schema, part_name, file_node, first, stop, format, estimated, place)
     CROSS JOIN (SELECT coalesce(max(number), 0) AS last FROM ${STORE} WHERE stream = $1) AS before`,
    [stream, ...columns.map(([, values]) => values)],
  );
}

export type PlannedChunk = Pick<CopyChunk, "target" | "source" | "work" | "estimatedRows">;

export type ChunkStep = { rows: number; bytes: number; place: string | undefined; isDone: boolean };

/** Notes what was done of a part. Answers false when somebody else has finished it, or planned anew, meanwhile. */
export async function moveChunk(session: Session, stream: string, number: number, step: ChunkStep): Promise<boolean> {
  const { rowCount } = await session.query(
    `UPDATE ${STORE} SET rows = rows + $3, bytes = bytes + $4, place = $5, done_at = CASE WHEN $6 THEN pg_catalog.clock_timestamp() END
     WHERE stream = $1 AND number = $2 AND done_at IS NULL`,
    [stream, number, step.rows, step.bytes, step.place ?? null, step.isDone],
  );
  return rowCount === 1;
}

/** Plans a table's part anew, because it was rewritten and its rows lie elsewhere now. */
export async function restartPart(session: Session, stream: string, part: TableName, fileNode: string): Promise<void> {
  const where = "stream = $1 AND part_schema = $2 AND part_name = $3";
  const values = [stream, part.schema, part.name];
  await session.query(
    `DELETE FROM ${STORE} WHERE ${where} AND number > (SELECT min(number) FROM ${STORE} WHERE ${where})`,
    values,
  );
  await session.query(
    `UPDATE ${STORE} SET file_node = $4, first_block = 0, end_block = NULL, place = NULL, rows = 0, bytes = 0, done_at = NULL WHERE ${where}`,
    [...values, fileNode],
  );
}

export async function removeChunk(session: Session, stream: string, number: number): Promise<void> {
  await session.query(`DELETE FROM ${STORE} WHERE stream = $1 AND number = $2`, [stream, number]);
}

export async function removeChunks(session: Session, stream: string): Promise<void> {
  await session.query(`DELETE FROM ${STORE} WHERE stream = $1`, [stream]);
}

// --- internal ---

const STORE = "strangler.copy_chunk";

type RawChunk = Record<string, string | null>;

function readChunk(row: RawChunk): CopyChunk {
  return {
    number: Number(row["number"]),
    target: row["target_table"] ?? "",
    source: row["source_table"] ?? "",
    work: readWork(row),
    place: row["place"] ?? undefined,
    rows: Number(row["rows"]),
    bytes: Number(row["bytes"]),
    estimatedRows: Number(row["estimated_rows"]),
    isDone: row["done_at"] !== null,
  };
}

function readWork(row: RawChunk): ChunkWork {
  if (row["kind"] === "removals") return { kind: "removals" };
  return {
    kind: "blocks",
    part: { schema: row["part_schema"] ?? "", name: row["part_name"] ?? "" },
    fileNode: row["file_node"] ?? "",
    blocks: { first: Number(row["first_block"]), end: row["end_block"] == null ? undefined : Number(row["end_block"]) },
    format: row["format"] === "binary" ? "binary" : "text",
  };
}
