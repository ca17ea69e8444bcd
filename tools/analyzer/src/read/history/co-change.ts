import type { Changes, CoChange } from "../../facts.ts";
import { sortedBy } from "../../order.ts";
import type { Commit } from "./parse-log.ts";

/** The history of a folder as far as it says something of its present files. */
export type History = { history: CoChange[]; changes: Changes };

/** A commit of more files is a mass edit: it says nothing of what belongs together (code-maat's default). */
const MOST_FILES = 30;
/** Fewer changes are chance: of one file, and of two together (code-maat's defaults). */
const FEWEST_CHANGES = 5;
const FEWEST_TOGETHER = 5;
/** Files that change together more rarely than this are not tied by it (code-maat's default). */
const LEAST_DEGREE = 0.3;

/** How often each present file was changed, and which two are changed together. Pure; commits come newest first. */
export function countChanges(commits: readonly Commit[], present: ReadonlySet<string>): History {
  const changes = followRenames(commits, present);
  const counts = new Map<string, number>();
  for (const files of changes) for (const file of files) counts.set(file, (counts.get(file) ?? 0) + 1);
  const files = Object.fromEntries(sortedBy([...counts], ([file]) => file));
  return { history: findPairs(changes, counts), changes: { commits: commits.length, files, missing: null } };
}

// --- internal ---

/** The present names of the files of every commit, without mass edits. */
function followRenames(commits: readonly Commit[], present: ReadonlySet<string>): string[][] {
  const names = new Map<string, string>();
  return commits.map(({ files, renames }) => {
    const known = [...new Set(files.map((file) => names.get(file) ?? file))];
    // Older commits call the file by the name it had before.
    for (const { from, to } of renames) names.set(from, names.get(to) ?? to);
    return files.length > MOST_FILES ? [] : known.filter((file) => present.has(file));
  });
}

function findPairs(changes: readonly string[][], counts: ReadonlyMap<string, number>): CoChange[] {
  const together = new Map<string, Map<string, number>>();
  for (const files of changes) {
    const often = files.filter((file) => (counts.get(file) ?? 0) >= FEWEST_CHANGES).sort();
    often.forEach((a, index) => {
      const partners = together.get(a) ?? new Map<string, number>();
      together.set(a, partners);
      for (const b of often.slice(index + 1)) partners.set(b, (partners.get(b) ?? 0) + 1);
    });
  }
  const pairs = [...together].flatMap(([a, partners]) =>
    [...partners].flatMap(([b, count]) => {
      const degree = count / (((counts.get(a) ?? 0) + (counts.get(b) ?? 0)) / 2);
      return count < FEWEST_TOGETHER || degree < LEAST_DEGREE ? [] : [{ a, b, together: count, degree: two(degree) }];
    }),
  );
  return sortedBy(
    pairs,
    (pair) => pair.a,
    (pair) => pair.b,
  );
}

function two(value: number): number {
  return Math.round(value * 100) / 100;
}
