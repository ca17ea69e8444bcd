/** Comparisons that do not depend on the machine's language. */
export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function byPlace(a: { file: string; line: number }, b: { file: string; line: number }): number {
  return byText(a.file, b.file) || a.line - b.line;
}

/** Sorted by the given keys, one after the other. */
export function sortedBy<Item>(items: readonly Item[], ...keys: ((item: Item) => string | number)[]): Item[] {
  return [...items].sort((a, b) => {
    for (const key of keys) {
      const [left, right] = [key(a), key(b)];
      if (left !== right) return left < right ? -1 : 1;
    }
    return 0;
  });
}
