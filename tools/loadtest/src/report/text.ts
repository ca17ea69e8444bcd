import type { Comparison, Figure } from "../compare/comparison.ts";
import { circumstanceLines } from "./circumstances.ts";
import { columns, wrap } from "./columns.ts";
import { figureCells } from "./tables.ts";

/** The comparison for a terminal of 80 columns. */
export function renderText(comparison: Comparison): string {
  const { sides, figures, steps } = comparison;
  const head = ["", sides.before.label, sides.after.label, "change", "interval"];
  const rows = [...figures, ...steps.filter(isCompared)].map(figureCells);
  const body = rows.map(({ name, before, after, change, interval }) => [name, before, after, change, interval]);
  const lines = columns([head, ...body], WIDEST);
  lines.splice(1 + figures.length, 0, "", "median of each step");
  return [...wrap(comparison.headline), "", ...lines, ...rareSteps(comparison), ...leftOutLines(comparison)].join("\n");
}

/** The comparison for a comment on a change. */
export function renderMarkdown(comparison: Comparison): string {
  const { sides, figures, steps } = comparison;
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rows = [...figures, ...steps.filter(isCompared)].map(figureCells);
  return [
    comparison.headline,
    "",
    row(["", sides.before.label, sides.after.label, "change", "interval", "verdict"]),
    row(["---", "--:", "--:", "--:", "--:", "---"]),
    ...rows.map(({ name, before, after, change, interval, verdict }) =>
      row([name, before, after, change, interval, verdict]),
    ),
    "",
    ...circumstanceLines(comparison).map(([label, value]) => `- ${label}: ${value}`),
    "",
  ].join("\n");
}

// --- internal ---

function isCompared({ outcome }: Figure): boolean {
  return outcome === "compared";
}

function rareSteps({ steps }: Comparison): string[] {
  const rare = steps.filter((step) => !isCompared(step)).length;
  return rare === 0 ? [] : ["", ...wrap(`${rare} more steps were asked for too seldom to say anything about them.`)];
}

function leftOutLines({ leftOut, pairs }: Comparison): string[] {
  const [first] = leftOut;
  if (!first) return [];
  return [
    "",
    ...wrap(`Left out: ${leftOut.length} of ${pairs.planned} pairs. Pair ${first.pair + 1}: ${first.reason}.`),
  ];
}

/** Name, before, after, change, interval. */
const WIDEST = [22, 11, 11, 9, 19];
