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

export function shorten(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** Words on as many lines as it takes; a word longer than the line gets one of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
