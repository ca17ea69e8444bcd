import { shorten } from "./fit.ts";

/** Rows of text as aligned columns; columns named in `right` hold numbers. The last column is cut at `width`. */
export function renderTable(
  header: readonly string[],
  rows: readonly string[][],
  width: number,
  right: readonly number[],
): string[] {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const render = (row: readonly string[]): string =>
    shorten(
      row
        .map((cell, column) => {
          const space = widths[column] ?? 0;
          return right.includes(column) ? cell.padStart(space) : cell.padEnd(space);
        })
        .join("  ")
        .trimEnd(),
      width,
    );
  return [render(header), ...rows.map(render)];
}
