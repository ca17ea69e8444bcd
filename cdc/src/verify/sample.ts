/**
 * Which chunks a sample of so many percent takes: every n-th, beginning anywhere (`start`, between 0 and 1), so that all of a table has
 * the same chance. At least one: a sample of nothing would tell nothing. Pure but for what it remembers.
 */
export function createSample(percent: number, start: number): (isLast: boolean) => boolean {
  let due = start;
  let taken = 0;
  return (isLast) => {
    due += percent / 100;
    const wanted = percent >= 100 || due >= 1 || (isLast && taken === 0);
    if (due >= 1) due -= 1;
    if (wanted) taken += 1;
    return wanted;
  };
}

/** Rows in a chunk at most, so that a sample has some twenty chunks to take. */
export function chunkRowsFor(percent: number, rows: number): number {
  return percent >= 100 ? Number.MAX_SAFE_INTEGER : Math.max(1_000, Math.round((rows * percent) / 100 / 20));
}
