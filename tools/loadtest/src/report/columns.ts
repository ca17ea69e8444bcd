/** The width that every terminal has. */
export const COLUMNS = 80;

/** Cells in columns, two blanks apart; the first column to the left, the others to the right. `widest` cuts longer cells. */
export function columns(rows: readonly (readonly string[])[], widest: readonly number[]): string[] {
  const cut = rows.map((cells) => cells.map((cell, column) => shorten(cell, widest[column] ?? COLUMNS)));
  const widths = (cut[0] ?? []).map((_, column) => Math.max(...cut.map((cells) => (cells[column] ?? "").length)));
  return cut.map((cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

/** The words of a sentence in lines of at most 80 characters. */
export function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const isFull = line !== "" && line.length + 1 + word.length > COLUMNS;
    if (isFull) lines.push(line);
    line = line === "" || isFull ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

// --- internal ---

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}\u2026`;
}
