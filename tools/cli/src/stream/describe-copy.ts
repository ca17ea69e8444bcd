import type { CopyStatus } from "@strangler/cdc";

/** "copied 41 % (1,200,000 rows, 310 MB), about 80 s to go; parcels 12 %". */
export function describeCopy({ tables, rows, bytes, share, remainingSeconds }: CopyStatus): string {
  const left = remainingSeconds === null ? "" : `, about ${remainingSeconds} s to go`;
  const underWay = tables.filter(({ state }) => state === "copying");
  const named = underWay.slice(0, 3).map((table) => `; ${table.table} ${percent(table.share)}`);
  const size = `${rows.toLocaleString("en")} rows, ${Math.round(bytes / 1e6)} MB`;
  return `copied ${percent(share)} (${size})${left}${named.join("")}`;
}

// --- internal ---

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`;
}
