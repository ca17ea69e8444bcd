/** The known names most like a mistyped one, best first: at most `most` of them, and none that is quite another. */
export function closestNames(wanted: string, known: readonly string[], most = 3): string[] {
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  return [...new Set(known)]
    .map((name) => ({ name, distance: nameDistance(wanted, name) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name);
}

// --- internal ---

// A path is often known by its last part only.
function nameDistance(wanted: string, name: string): number {
  const end = name.split("/").slice(-wanted.split("/").length).join("/");
  return Math.min(
    distance(wanted.toLowerCase(), name.toLowerCase()),
    distance(wanted.toLowerCase(), end.toLowerCase()),
  );
}

/** Insertions, deletions and replacements between two words (Levenshtein 1966). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + Number(a[i - 1] !== b[j - 1]);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
