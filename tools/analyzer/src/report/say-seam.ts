import type { Seam } from "../findings/seams.ts";

/** `access sales -> stock: write items`: what ties which contexts, without the place. */
export function saySeam(seam: Seam): string {
  return `${seam.kind} ${seam.from} -> ${seam.to}: ${sayWhat(seam)}`;
}

/** `write items` for an access, the name alone for everything else. */
export function sayWhat({ kind, target, what }: Pick<Seam, "kind" | "target" | "what">): string {
  return kind === "access" && target !== null ? `${target} ${what}` : what;
}
