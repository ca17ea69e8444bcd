import { sortedBy } from "../order.ts";
import { costOf } from "./seam-costs.ts";
import { countKinds, SEAM_KINDS, type Seam, type SeamKind } from "./seams.ts";

/** All that ties one context to another, in one direction. */
export type Tie = {
  from: string;
  to: string;
  seams: Record<SeamKind, number>;
  /** What it takes to cut all of them one by one, in units of one call. */
  cost: number;
  /** The hardest of them, at most three. */
  worst: Seam[];
};

const WORST = 3;

/** One tie for each ordered pair of contexts, the most expensive first. */
export function findTies(seams: readonly Seam[]): Tie[] {
  const bundles = Map.groupBy(seams, ({ from, to }) => `${from}\0${to}`);
  const ties = [...bundles.values()].flatMap((bundle): Tie[] => {
    const [first] = bundle;
    if (!first) return [];
    const { from, to } = first;
    return [{ from, to, seams: countKinds(bundle), cost: costOf(bundle), worst: worstOf(bundle) }];
  });
  return sortedBy(
    ties,
    (tie) => -tie.cost,
    (tie) => tie.from,
    (tie) => tie.to,
  );
}

/** Hardest first: by kind, writes before reads, then by how much there is of it. */
export function hardestFirst(seams: readonly Seam[]): Seam[] {
  return sortedBy(
    seams,
    (seam) => SEAM_KINDS.indexOf(seam.kind),
    (seam) => (seam.target === "write" ? 0 : 1),
    (seam) => -seam.weight,
    (seam) => seam.file,
    (seam) => seam.line,
    (seam) => seam.what,
  );
}

// --- internal ---

function worstOf(bundle: readonly Seam[]): Seam[] {
  return hardestFirst(bundle).slice(0, WORST);
}
