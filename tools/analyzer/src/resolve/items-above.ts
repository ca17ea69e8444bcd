import { posix } from "node:path";

/**
 * What lies in the folders around a file, nearest first. Folders outside of the analysed one (`../..`) are around
 * every file.
 */
export function itemsAbove<Item extends { folder: string }>(items: readonly Item[]): (file: string) => readonly Item[] {
  const byFolder = Map.groupBy(items, ({ folder }) => folder);
  const outside = items
    .filter(({ folder }) => folder.startsWith(".."))
    .sort((a, b) => a.folder.split("/").length - b.folder.split("/").length);
  const memory = new Map<string, readonly Item[]>();
  const above = (folder: string): readonly Item[] => {
    const known = memory.get(folder);
    if (known) return known;
    const rest = folder === "." ? outside : above(posix.dirname(folder));
    const own = byFolder.get(folder);
    const found = own ? [...own, ...rest] : rest;
    memory.set(folder, found);
    return found;
  };
  return (file) => above(posix.dirname(file));
}
