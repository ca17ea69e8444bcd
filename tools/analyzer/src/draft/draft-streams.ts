import { z } from "zod";
import type { TableFact } from "../facts.ts";
import { parseYamlFile } from "../yaml-file.ts";
import { insertAtEnd } from "./insert-yaml.ts";

/** What `plan/streams.yaml` becomes, and what a person has to look at. */
export type StreamsDraft = { text: string; notes: string[] };

const NEW_FILE = `# yaml-language-server: $schema=./schema/streams.schema.json
streams: {}
`;

/** Proposes a stream that carries a context's tables, column by column, from the monolith's database to its own. */
export function draftStreams(
  file: string,
  before: string | null,
  context: string,
  tables: readonly TableFact[],
): StreamsDraft {
  const text = before ?? NEW_FILE;
  const streams = streamsOf(file, text);
  if (tables.length === 0) return { text, notes: [`${context} owns no table: it needs no stream`] };
  if (streams.has(context)) return { text, notes: [`${file} has a stream ${context} already: it stays as it is`] };

  const source = streams.values().next().value ?? "monolith";
  const lines = [
    `${context}:`,
    `  source: ${source}`,
    `  target: ${context}`,
    "  tables:",
    ...tables.flatMap(tableLines),
  ];
  return { text: insertAtEnd(file, text, "streams", ["", ...lines]), notes: tables.flatMap(notesOf) };
}

// --- internal ---

function tableLines(table: TableFact): string[] {
  const name = table.name.includes(".") ? table.name : `public.${table.name}`;
  return [
    `    - from: ${name}`,
    `      to: ${name}`,
    `      key: [${keyOf(table).join(", ")}]`,
    "      columns:",
    ...columnsOf(table).map((column) => `        ${column}: ${column}`),
  ];
}

function keyOf({ columns }: TableFact): string[] {
  const primary = columns.filter((column) => column.primary).map(({ name }) => name);
  return primary.length > 0 ? primary : ["id"];
}

function columnsOf(table: TableFact): string[] {
  return table.columns.length > 0 ? table.columns.map(({ name }) => name) : keyOf(table);
}

function notesOf({ name, columns, foreignKeys }: TableFact): string[] {
  return [
    ...(columns.length === 0 ? [`${name}: nothing declares its columns, write them down`] : []),
    ...(columns.length > 0 && !columns.some(({ primary }) => primary)
      ? [`${name}: no primary key is declared, "id" is a guess`]
      : []),
    ...(foreignKeys.length > 0
      ? [`${name}: its keys to ${[...new Set(foreignKeys.map(({ to }) => to))].join(", ")} do not travel`]
      : []),
  ];
}

/** Name of each stream with the database it reads. */
function streamsOf(file: string, text: string): Map<string, string> {
  const plan = parseYamlFile(file, text, z.unknown());
  const streams = isRecord(plan) && isRecord(plan["streams"]) ? plan["streams"] : {};
  return new Map(
    Object.entries(streams).map(([name, stream]) => [name, isRecord(stream) ? String(stream["source"]) : "monolith"]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
