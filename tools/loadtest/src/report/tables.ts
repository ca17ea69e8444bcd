import type { Comparison, Figure } from "../compare/comparison.ts";
import { asShare, inMs, inPercent, inPoints, perSecond } from "../words.ts";
import { tag, type Markup } from "./markup.ts";

/** How a figure's cells are written; the same in the page, in Markdown and on the terminal. */
export type FigureCells = {
  name: string;
  before: string;
  after: string;
  change: string;
  interval: string;
  couldSee: string;
  verdict: string;
};

export function figureCells(figure: Figure): FigureCells {
  if (figure.outcome === "could not compare") {
    const [none, verdict] = ["\u2013", `could not compare: ${figure.reason}`];
    return { name: figure.name, before: none, after: none, change: none, interval: none, couldSee: none, verdict };
  }
  const { name, unit, before, after, change, low, high, couldSee, verdict } = figure;
  const value = unit === "ms" ? inMs : unit === "share" ? asShare : perSecond;
  const step = unit === "share" ? inPoints : inPercent;
  return {
    name,
    before: value(before),
    after: value(after),
    change: step(change),
    interval: `${unit === "share" ? step(low).replace(" pts", "") : step(low)} to ${step(high)}`,
    couldSee: `\u2265 ${unit === "share" ? inPoints(couldSee).replace("+", "") : asShare(couldSee)}`,
    verdict,
  };
}

export function figuresTable(
  figures: readonly Figure[],
  { before, after }: Comparison["sides"],
  caption: string,
): Markup {
  const head = ["", before.label, after.label, "change", "interval", "could see", "verdict"];
  const rows = figures.map(figureCells).map((cells) => ({
    head: cells.name,
    cells: [cells.before, cells.after, cells.change, cells.interval, cells.couldSee],
    last: cells.verdict,
  }));
  return table(head, rows, caption);
}

export type Row = { head: string; cells: readonly string[]; last?: string };

/** A table that can be scrolled sideways with the keyboard. `cells` are numbers, `last` is a word. */
export function table(head: readonly string[], rows: readonly Row[], caption: string): Markup {
  const isNumber = (column: number) => column > 0 && column <= (rows[0]?.cells.length ?? 0);
  return tag(
    "div",
    { class: "scroll", role: "region", tabindex: 0, "aria-label": caption },
    tag(
      "table",
      {},
      tag("caption", {}, caption),
      tag(
        "thead",
        {},
        tag(
          "tr",
          {},
          head.map((title, column) =>
            tag("th", { scope: "col", class: isNumber(column) ? "number" : undefined }, title),
          ),
        ),
      ),
      tag("tbody", {}, rows.map(toRow)),
    ),
  );
}

// --- internal ---

function toRow({ head, cells, last }: Row): Markup {
  return tag(
    "tr",
    {},
    tag("th", { scope: "row" }, head),
    cells.map((cell) => tag("td", { class: "number" }, cell)),
    last === undefined ? undefined : tag("td", {}, last),
  );
}
