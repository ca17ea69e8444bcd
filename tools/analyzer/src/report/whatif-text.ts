import type { Comparison, Figure } from "../whatif/compare.ts";
import { plural } from "../plural.ts";
import { renderTable } from "./table.ts";

const WIDTH = 80;

/** Every figure that changes, with its direction in a word; those that stay are only counted. */
export function renderComparison({ figures, tables, verdict }: Comparison): string {
  const changed = figures.filter(({ before, after }) => before !== after);
  const rows = changed.map((figure) => [figure.name, `${figure.before}`, `${figure.after}`, judgement(figure)]);
  const lines = [
    ...(rows.length > 0 ? renderTable(["figure", "before", "after", ""], rows, WIDTH, [1, 2]) : ["Nothing changes."]),
    "",
    ...tables.map(({ name, before, after }) => `table ${name}: ${before} -> ${after}`),
    ...(verdict.before === verdict.after ? [] : [`verdict: ${verdict.before} -> ${verdict.after}`]),
    `${plural(figures.length - changed.length, "other figure stays", "other figures stay")} as before.`,
  ];
  return `${lines.join("\n")}\n`;
}

// --- internal ---

function judgement({ before, after, better }: Figure): string {
  if (better === null) return "";
  return after > before === (better === "up") ? "better" : "worse";
}
