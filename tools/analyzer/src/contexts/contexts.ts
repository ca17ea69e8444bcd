/** Code that belongs to no context in particular: entry points, glue, helpers. A reserved name. */
export const SHARED = "shared";

/** A proposed bounded context. */
export type Context = {
  name: string;
  files: string[];
  tables: string[];
  /** The words that set it apart, strongest first. */
  words: string[];
  /** 0..1: how many of the differently seeded answers agree on its files, on average. */
  confidence: number;
};

/** The proposal: every file and table in exactly one context. Sorted by name, `shared` last. */
export type Contexts = {
  contexts: Context[];
  files: Record<string, string>;
  tables: Record<string, string>;
  /** 0..1 for every file that the proposal was free to place; empty for contexts that people accepted. */
  confidence: Record<string, number>;
  /** True where people decided: a table then belongs where they put it, whoever uses it. */
  settled: boolean;
};
