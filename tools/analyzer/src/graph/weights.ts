/**
 * How much each kind of evidence weighs. One set for every code base; found on public code whose boundaries people
 * drew, by principle and not by name (see the decision record on the analyzer's libraries).
 */
export const WEIGHTS = {
  /** A file takes names from another; divided by the root of how many files do, so that hubs tie nothing together. */
  import: 1,
  /** Only types: gone when the program runs. */
  typeImport: 0.3,
  /** A barrel passes names on. */
  reexport: 0.3,
  /** Words of a file's own name; the first says most, every later one that much less than the one before. */
  name: 1,
  laterWord: 0.7,
  /** Words of the folders around it, nearest first. */
  folder: 0.5,
  outerFolder: 0.7,
  /** Two files speak with the same rare words. */
  vocabulary: 0.5,
  /** A file reads or writes a table; divided by the root of how many files do. */
  tableRead: 1,
  tableWrite: 3,
  /** Words of a table's name. */
  tableName: 1,
  foreignKey: 0.5,
  /** Two tables are written in one transaction. */
  transaction: 0.3,
} as const;
