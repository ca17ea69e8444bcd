import type { SeamKind } from "../findings/seams.ts";

/** `2 transaction, 14 call`: what ties two contexts, in words. Types are gone when the program runs. */
export function sayKinds(seams: Partial<Record<SeamKind, number>>): string {
  return Object.entries(seams)
    .filter(([kind, count]) => kind !== "type" && count > 0)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(", ");
}
