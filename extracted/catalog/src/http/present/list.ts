import type { Paged } from "../../domain/page.ts";

export type List<Shown> = { items: Shown[]; page: number; pageSize: number; total: number };

/** The envelope of every list. */
export function presentList<Entry, Shown>(
  { entries, page, pageSize, total }: Paged<Entry>,
  present: (entry: Entry) => Shown,
): List<Shown> {
  return { items: entries.map(present), page, pageSize, total };
}
