/**
 * How much each kind of evidence weighs. One set for every code base, chosen on public code whose boundaries people
 * drew; decision record 0008 tells how, and docs/analyzer-results.md what it reaches.
 */
export const WEIGHTS = {
  /**
   * A file takes a name from another: more names and more uses weigh more, by the root of their sum. Divided by the
   * root of how many files take from the target, so that hubs tie nothing together.
   */
  import: 1,
  /** Only types: gone when the program runs, but the language of a context all the same. */
  typeImport: 1,
  /** A barrel passes names on. */
  reexport: 1,
  /** So much of an import is added where the imports keep the parts of a tree well apart (see separation.ts). */
  separatedImport: 1,
  /** All the words in a name together: of a file with its folders, of a table. A long name says no more than a short one. */
  name: 2,
  /** The first word says most, every later one that much of the one before. */
  laterWord: 0.85,
  /** Words of the folders around a file, nearest first. */
  folder: 0.25,
  outerFolder: 0.7,
  /** Two files speak with the same rare words. */
  vocabulary: 0.25,
  /** A file uses a table: this times the logarithm of how often, writes counting more; divided like an import. */
  table: 2,
  tableRead: 1,
  tableWrite: 3,
  foreignKey: 0.5,
  /** Two tables are written in one transaction; shared out among all pairs of it. */
  transaction: 0.3,
} as const;
