import type { Remedy } from "../remedies.ts";
import { SEAM_COSTS } from "../seam-costs.ts";
import type { Seam } from "../seams.ts";

/** All seams that one thing resolves: an API of `owner` for everybody who calls it, a copy of a table for all its readers. */
export type Knot = {
  seam: Seam;
  owner: string;
  /** The seams of every context that depends on it. */
  callers: Map<string, Seam[]>;
  /** Building it, in units of one call. */
  base: number;
  /** Letting one more place use what is there. */
  further: number;
  /** Of the base, again, when its owner leaves the monolith that has offered it meanwhile. */
  rework: number;
};

/** The second place that calls an API is much less work than the API. */
const FURTHER = 0.25;

/** What was built in the monolith for a context that has left has to be built again, in part, where its owner goes. */
const REWORK: Record<Remedy, number> = {
  "api-call": 0.5,
  "api-composition": 0.5,
  "reference-copy": 0.5,
  outbox: 0.25,
  saga: 0.25,
  event: 0.25,
  "id-and-check": 0,
  "move-code": 0,
  package: 0,
  "types-package": 0,
};

export function tieKnots(seams: readonly Seam[]): Knot[] {
  const knots = new Map<string, Knot>();
  for (const seam of seams) {
    const key = knotKey(seam);
    const knot = knots.get(key) ?? createKnot(seam);
    knots.set(key, knot);
    const own = knot.callers.get(seam.from);
    if (own) own.push(seam);
    else knot.callers.set(seam.from, [seam]);
  }
  return [...knots.values()];
}

/** Equal for seams that one thing resolves. A transaction is a thing of its own; types are published together. */
export function knotKey(seam: Pick<Seam, "kind" | "remedy" | "to" | "what" | "target" | "file" | "line">): string {
  const { kind, remedy, to, what, target, file, line } = seam;
  const place = kind === "transaction" ? `${file}:${line}` : "";
  return kind === "type" ? [kind, remedy, to].join("\0") : [kind, remedy, to, what, target, place].join("\0");
}

// --- internal ---

function createKnot(seam: Seam): Knot {
  const base = SEAM_COSTS[seam.kind];
  const rework = base * REWORK[seam.remedy];
  return { seam, owner: seam.to, callers: new Map(), base, further: base * FURTHER, rework };
}
