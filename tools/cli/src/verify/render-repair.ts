import type { RepairReport, TableRepair } from "@strangler/cdc";
import { renderTable } from "../render-table.ts";
import { shorten, wrap } from "../wrap.ts";

/** What a repair did, for people, in 80 columns. */
export function renderRepair({ stream, outcome, dryRun, tables, ms }: RepairReport): string {
  const head = ["table", "missing", "extra", "changed", "repaired", "left"];
  const rows = tables.map(({ table, found, repaired, remainingRows, undecided }) => [
    shorten(table, 30),
    ...[found.missing, found.extra, found.changed, repaired, remainingRows + undecided].map(String),
  ]);
  const said = dryRun && outcome !== "equal" ? "these rows would be read anew; nothing was changed" : SAYS[outcome];
  return [
    wrap(`Stream ${stream}: ${said}, after ${(ms / 1000).toFixed(1)} s`),
    ...(tables.length === 0 ? [] : [renderTable(head, rows, { right: [1, 2, 3, 4, 5] })]),
    ...tables.flatMap(renderRest),
  ].join("\n");
}

// --- internal ---

const SAYS: Record<RepairReport["outcome"], string> = {
  equal: "nothing differs",
  repaired: "what differed was read anew and is equal now",
  different: "not everything could be repaired",
};

function renderRest({ table, remaining, reason }: TableRepair): string[] {
  return [
    ...(reason === undefined ? [] : [wrap(`${table}: ${reason}`, "  ")]),
    ...remaining.slice(0, 20).map((key) => wrap(`${table}: ${key.map((value) => value ?? "null").join(", ")}`, "  ")),
  ];
}
