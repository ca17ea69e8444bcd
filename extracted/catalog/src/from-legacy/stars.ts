import type { Stars } from "../domain/item.ts";

/**
 * The monolith keeps "nobody has rated it" as an average of 0.00 over 0 ratings, which is no number of stars. It writes
 * both columns itself, after each review and every night, and the stream brings them as they are.
 */
export function starsFromLegacy(average: string, count: number): Stars | undefined {
  return count === 0 ? undefined : { average: Number(average), count };
}
