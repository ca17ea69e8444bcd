import { isCollection, isMap, isPair, parseDocument, type Document, type Node } from "yaml";
import { ConfigurationInvalidError } from "../errors.ts";

/**
 * Adds lines at the end of a top-level list or map of a YAML text and leaves every other byte as it is, comments
 * included. `lines` are indented as items of the collection; where the key is missing, it is added at the end.
 * Throws ConfigurationInvalidError where the text is no YAML.
 */
export function insertAtEnd(file: string, text: string, key: string, lines: readonly string[]): string {
  const document = parseDocument(text);
  if (document.errors[0]) throw new ConfigurationInvalidError(file, "not valid YAML", null);
  const collection = document.get(key, true);
  if (!isCollection(collection) || collection.items.length === 0 || collection.flow === true) {
    return addKey(text, document, key, lines);
  }
  // Behind the last item's line, which may end with a comment, and before the blank lines that follow.
  const last = text.slice(0, collection.range?.[1]).trimEnd().length;
  const lineEnd = text.indexOf("\n", last);
  const end = lineEnd < 0 ? text.length : lineEnd;
  return `${text.slice(0, end)}\n${indented(lines, indentation(text, collection.items[0]))}${text.slice(end)}`;
}

// --- internal ---

function addKey(text: string, document: Document, key: string, lines: readonly string[]): string {
  const body = `${key}:\n${indented(lines, "  ")}\n`;
  const pair = isMap(document.contents) ? document.contents.items.find((item) => String(item.key) === key) : undefined;
  const [start, end] = [rangeOf(pair?.key)?.[0], rangeOf(pair?.value)?.[1]];
  // The key is there with nothing in it: `routes: []`.
  if (start !== undefined && end !== undefined)
    return `${text.slice(0, start)}${body}${text.slice(end).replace(/^\n/, "")}`;
  return `${text.trimEnd()}${text.trim() === "" ? "" : "\n\n"}${body}`;
}

function rangeOf(node: unknown): readonly number[] | undefined {
  return (node as Node | null | undefined)?.range ?? undefined;
}

function indentation(text: string, first: unknown): string {
  const start = rangeOf(isPair(first) ? first.key : first)?.[0] ?? 0;
  const line = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  return /^\s*/.exec(line)?.[0] ?? "";
}

function indented(lines: readonly string[], indent: string): string {
  return lines.map((line) => (line === "" ? "" : `${indent}${line}`)).join("\n");
}
