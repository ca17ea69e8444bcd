import { round } from "../round.ts";
import type { Seam, SeamKind } from "./seams.ts";

/**
 * What one seam costs to cut, in units of one call. A call becomes a request; a join or a read needs an API or a
 * replicated copy; a foreign write needs an owner; a transaction needs a saga or an outbox.
 */
export const SEAM_COSTS: Record<SeamKind, number> = {
  transaction: 12,
  trigger: 8,
  access: 3,
  join: 3,
  "foreign-key": 1,
  call: 1,
  injection: 1,
  event: 0.5,
  type: 0.2,
};

export function costOf(seams: readonly Pick<Seam, "kind">[]): number {
  return round(seams.reduce((sum, { kind }) => sum + SEAM_COSTS[kind], 0));
}
