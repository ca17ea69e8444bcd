import { stripVTControlCharacters } from "node:util";
import colors from "picocolors";

/** Columns as wide as their longest cell, two spaces apart. `right` names the columns that are numbers. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { right = [] }: { right?: readonly number[] } = {},
): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => widthOf(row[column] ?? ""))));
  const line = (cells: readonly string[]) =>
    widths
      .map((width, column) => fit(cells[column] ?? "", width, right.includes(column)))
      .join("  ")
      .trimEnd();
  return [colors.dim(line(head)), ...rows.map(line)].join("\n");
}

// --- internal ---

function widthOf(cell: string): number {
  return stripVTControlCharacters(cell).length;
}

function fit(cell: string, width: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, width - widthOf(cell)));
  return right ? space + cell : cell + space;
}
