/**
 * The adjusted Rand index (Hubert and Arabie 1985) of two divisions of the same files: 1 for equal ones, 0 for what
 * chance gives.
 */
export function adjustedRand(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): number {
  const files = Object.keys(a);
  const both = pairsWithin(files.map((file) => `${a[file]}\0${b[file]}`));
  const first = pairsWithin(files.map((file) => a[file] ?? ""));
  const second = pairsWithin(files.map((file) => b[file] ?? ""));
  const expected = (first * second) / pairs(files.length);
  const most = (first + second) / 2;
  return most === expected ? 1 : (both - expected) / (most - expected);
}

// --- internal ---

function pairsWithin(labels: readonly string[]): number {
  const sizes = new Map<string, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  return [...sizes.values()].reduce((sum, size) => sum + pairs(size), 0);
}

function pairs(size: number): number {
  return (size * (size - 1)) / 2;
}
