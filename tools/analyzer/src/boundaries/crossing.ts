import type { Seam, SeamKind } from "../findings/seams.ts";
import { byText } from "../order.ts";

/**
 * A seam by what it is, not by where it stands: its line may move, and the same name may be mentioned twice, without
 * anything new crossing the boundary.
 */
export type Crossing = { from: string; to: string; what: string };

/** How each kind of seam is told from others of its kind; null: it may cross freely. */
const IDENTITY: Record<SeamKind, ((seam: Seam) => string) | null> = {
  call: ({ file, target, what }) => `call ${file} -> ${target ?? "?"}: ${what}`,
  injection: ({ file, target, what }) => `injection ${file} -> ${target ?? "?"}: ${what}`,
  access: ({ file, target, what }) => `access ${file}: ${target ?? "use"} ${what}`,
  join: ({ file, what }) => `join ${file}: ${what}`,
  "foreign-key": ({ what }) => `foreign-key ${what}`,
  transaction: ({ file, what }) => `transaction ${file}: ${what}`,
  trigger: ({ what }) => `trigger ${what}`,
  type: null, // gone when the program runs
  event: null, // already what a seam should become
};

/** Every seam that a boundary should not have, with the seams behind it in the order of their places. */
export function crossingsOf(seams: readonly Seam[]): { crossing: Crossing; seams: Seam[] }[] {
  const byKey = new Map<string, { crossing: Crossing; seams: Seam[] }>();
  for (const seam of seams) {
    const identify = IDENTITY[seam.kind];
    if (!identify) continue;
    const crossing: Crossing = { from: seam.from, to: seam.to, what: identify(seam) };
    const known = byKey.get(keyOf(crossing)) ?? { crossing, seams: [] };
    known.seams.push(seam);
    byKey.set(keyOf(crossing), known);
  }
  return [...byKey.values()].sort((a, b) => byText(keyOf(a.crossing), keyOf(b.crossing)));
}

export function keyOf({ from, to, what }: Crossing): string {
  return `${from}\0${to}\0${what}`;
}
