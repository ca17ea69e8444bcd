import { isSeq, parseDocument } from "yaml";
import type { Contexts } from "../contexts/contexts.ts";
import { byText } from "../order.ts";

/**
 * The text of a file of accepted contexts with places for files and tables that had none. What people wrote, comments
 * and patterns, stays as it is; without anything to place the text comes back unchanged.
 */
export function extendAccepted(
  text: string,
  unplaced: { files: readonly string[]; tables: readonly string[] },
  contexts: Contexts,
): string {
  if (unplaced.files.length + unplaced.tables.length === 0) return text;
  const document = parseDocument(text);
  const add = (kind: "files" | "tables", name: string, context: string | undefined): void => {
    const path = ["contexts", context ?? "", kind];
    if (isSeq(document.getIn(path))) document.addIn(path, name);
    else document.setIn(path, [name]);
  };
  for (const file of [...unplaced.files].sort(byText)) add("files", file, contexts.files[file]);
  for (const table of [...unplaced.tables].sort(byText)) add("tables", table, contexts.tables[table]);
  return document.toString({ lineWidth: 120, flowCollectionPadding: false });
}
