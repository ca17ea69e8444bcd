import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Client } from "pg";
import { from as copyFrom } from "pg-copy-streams";

export type Value = string | number | boolean | null;
export type Row = readonly Value[];
/** `columns` as in SQL: "id, name". */
export type Table = { name: string; columns: string };

// Small pieces make COPY slow, large ones make memory swell.
const CHUNK_CHARACTERS = 128 * 1024;

/** Appends rows to a table through COPY, in the order given. */
export async function copyRows(client: Client, table: Table, rows: Iterable<Row>): Promise<void> {
  const sink = client.query(copyFrom(`COPY ${table.name} (${table.columns}) FROM STDIN`));
  await pipeline(Readable.from(chunks(rows)), sink);
}

// --- internal ---

function* chunks(rows: Iterable<Row>): Generator<string> {
  let chunk = "";
  for (const row of rows) {
    chunk += `${row.map(asText).join("\t")}\n`;
    if (chunk.length >= CHUNK_CHARACTERS) {
      yield chunk;
      chunk = "";
    }
  }
  if (chunk !== "") yield chunk;
}

function asText(value: Value): string {
  if (value === null) return "\\N";
  if (typeof value === "boolean") return value ? "t" : "f";
  if (typeof value === "number") return String(value);
  return value.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? character);
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };
