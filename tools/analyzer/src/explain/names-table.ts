import type { Seam } from "../findings/seams.ts";

/** True where a seam speaks of a table: `orders + lines`, `lines(order_id) -> orders`, `audit: orders -> log`. */
export function namesTable({ what }: Seam, table: string): boolean {
  return what.split(/[\s,+()>-]+/).includes(table);
}
