import { LoadOptionInvalidError } from "../errors.ts";
import { inPercent, inPoints } from "../words.ts";
import type { Comparison } from "./comparison.ts";

/** The most by which a figure may grow: a share of itself, for errors a difference of shares. */
export type Budget = { figure: string; limit: number };

/** Parses "p99>+10%", "median>+5%" or "errors>+0.1%". Throws LoadOptionInvalidError. */
export function parseBudget(text: string): Budget {
  const found = /^(\w+)\s*>\s*\+?(\d+(?:\.\d+)?)\s*%$/.exec(text.trim());
  const figure = FIGURES[found?.[1] ?? ""];
  if (!found || figure === undefined) {
    const names = Object.keys(FIGURES).join(", ");
    throw new LoadOptionInvalidError("--fail-on", `"${text}" is not a budget; write "p99>+10%" with one of ${names}`);
  }
  return { figure, limit: Number(found[2]) / 100 };
}

/**
 * What is over its budget, a sentence each. A figure is over when it grew by more than the limit *and* the growth is no
 * chance; a figure that could not be compared is over too, for nobody can say that it is not.
 */
export function findOverBudget({ figures }: Comparison, budgets: readonly Budget[]): string[] {
  return budgets.flatMap(({ figure: name, limit }) => {
    const figure = figures.find((candidate) => candidate.name === name);
    if (figure?.outcome !== "compared") return [`${name}: could not be compared, so its budget is not kept`];
    const write = figure.unit === "share" ? inPoints : inPercent;
    const isOver = figure.change > limit && figure.low > 0;
    return isOver ? [`${name}: ${write(figure.change)} is more than the ${write(limit)} allowed`] : [];
  });
}

// --- internal ---

const FIGURES: Readonly<Record<string, string>> = {
  median: "median",
  p50: "median",
  p95: "95th percentile",
  p99: "99th percentile",
  errors: "errors",
};
