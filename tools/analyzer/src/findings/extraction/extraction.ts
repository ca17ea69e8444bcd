import type { Place } from "../../facts.ts";
import type { Remedy } from "../remedies.ts";
import type { SeamKind } from "../seams.ts";

/** The way out of the monolith, context by context. */
export type Extraction = {
  /** `exact`: no other order is better. `improved`: the best that could be found for so many contexts. */
  search: "exact" | "improved";
  /** Sum of all steps, in units of one call. */
  cost: number;
  /**
   * What the order makes small: every unit of cost counts once, and three times more for the share of the benefit that
   * is still waiting while it is paid.
   */
  burden: number;
  steps: ExtractionStep[];
  /** What stays behind at the end: shared code, and contexts that keep no table and answer no route. */
  rest: string[];
};

export type ExtractionStep = {
  context: string;
  /** What its open seams cost at this moment, in units of one call. */
  cost: number;
  benefit: Benefit;
  /** Its seams with what is still in the monolith, by kind. */
  seams: Record<SeamKind, number>;
  /** Its tables, which move with it. */
  tables: string[];
  routes: number;
  /** What has to be built before it can leave. */
  build: BuildItem[];
  /** By how much this step lowers what later ones would cost now. */
  cheaper: { context: string; by: number }[];
  /** Worth its cost beside the other steps. */
  worthwhile: boolean;
  reasons: string[];
  /** What speaks against it. */
  against: string[];
};

export type Benefit = {
  files: number;
  lines: number;
  tables: number;
  routes: number;
  /** Commits that changed its files; null without a history. */
  changes: number | null;
  /** Of the accesses to its tables, the share that its own code makes, 0..1. */
  purity: number;
  /** Its share of everything above, 0..1 over all contexts together. */
  share: number;
};

/** One thing to build; it resolves all seams of this kind, about this, with these callers. */
export type BuildItem = {
  remedy: Remedy;
  kind: SeamKind;
  /** What is offered, copied, announced or dropped, and whose it is. */
  what: string;
  /** The file that holds it, for code. */
  target: string | null;
  owner: string;
  /** The contexts whose seams it resolves now. */
  callers: string[];
  seams: number;
  cost: number;
  /** Offered by the monolith until its owner leaves too. */
  interim: boolean;
  /** The first of the places to change. */
  at: Place;
};
