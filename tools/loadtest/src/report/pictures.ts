import type { Comparison, CurvePoint, Side } from "../compare/comparison.ts";
import { asCount, inMs } from "../words.ts";
import { behind } from "./behind.ts";
import { forestHeight, forestPlot, forestRows } from "./forest-plot.ts";
import { parts, tag, type Markup } from "./markup.ts";
import { percentilePlot } from "./percentile-plot.ts";
import { inBothSizes } from "./plot.ts";
import { figuresTable, table } from "./tables.ts";
import { timePlot } from "./time-plot.ts";

/** The three pictures, each with its words before and its numbers behind it. */
export function pictures(comparison: Comparison): Markup {
  return parts(percentiles(comparison), overTime(comparison), perStep(comparison));
}

// --- internal ---

function percentiles(comparison: Comparison): Markup {
  const { sides } = comparison;
  return parts(
    tag("h2", {}, "How long requests took"),
    tag(
      "p",
      { class: "about" },
      "From the moment a visitor wanted to ask to the last byte of the answer. Bands show where the curve lies in 95 of 100 resamples of the blocks.",
    ),
    legend(comparison),
    tag(
      "figure",
      {},
      inBothSizes({ wide: 400, narrow: 330 }, (size) => percentilePlot(comparison, size)),
    ),
    behind("The curve as a table", curveTable(sides)),
  );
}

function legend({ sides }: Comparison): Markup {
  const entry = (side: Side) =>
    tag(
      "li",
      {},
      tag(
        "svg",
        { viewBox: "0 0 34 12", "aria-hidden": "true" },
        tag("path", { d: "M1 7L33 7", class: `curve ${side}` }),
      ),
      `${sides[side].label} (${side}, ${asCount(sides[side].requests)} requests)`,
    );
  return tag("ul", { class: "legend", "aria-label": "Legend" }, entry("before"), entry("after"));
}

const TABLE_PERCENTILES = [50, 75, 90, 95, 99, 99.5, 99.9, 99.99];

function curveTable({ before, after }: Comparison["sides"]): Markup {
  const last = Math.max(0, ...[...before.curve, ...after.curve].map(({ percentile }) => percentile));
  const at = (curve: readonly CurvePoint[], wanted: number) => {
    const point = curve.find(({ percentile }) => percentile >= wanted - 1e-9);
    return point ? `${inMs(point.ms)} (${inMs(point.lowMs)} to ${inMs(point.highMs)})` : "too few requests";
  };
  const rows = TABLE_PERCENTILES.filter((percentile) => percentile <= last + 1e-9).map((percentile) => ({
    head: `${percentile} %`,
    cells: [at(before.curve, percentile), at(after.curve, percentile)],
  }));
  return table(["took no longer", before.label, after.label], rows, "Percentiles of all blocks together, with bands");
}

function overTime(comparison: Comparison): Markup {
  const { stretches, sides } = comparison;
  const rows = stretches.map(({ pair, side, usable, moments }) => ({
    head: `pair ${pair + 1}, ${sides[side].label}`,
    cells: [inMs(middle(moments.map(({ p50Ms }) => p50Ms))), inMs(Math.max(0, ...moments.map(({ p99Ms }) => p99Ms)))],
    last: usable ? "used" : "left out",
  }));
  return parts(
    tag("h2", {}, "As it happened"),
    tag(
      "p",
      { class: "about" },
      "Every second in its order: the median as a line, the 99th percentile dotted. The strip on top says whose turn it was; crosses are seconds with failures.",
    ),
    tag(
      "figure",
      {},
      inBothSizes({ wide: 330, narrow: 300 }, (size, narrow) => timePlot(comparison, size, narrow)),
    ),
    behind(
      "The blocks as a table",
      table(["block", "median second", "worst second (p99)", ""], rows, "Blocks in their order"),
    ),
  );
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function perStep(comparison: Comparison): Markup {
  const rows = forestRows(comparison);
  const heights = { wide: forestHeight(rows, false), narrow: forestHeight(rows, true) };
  return parts(
    tag("h2", {}, "Step by step"),
    tag(
      "p",
      { class: "about" },
      `How much longer or shorter the median of each step takes with ${comparison.sides.after.label}. A bar that crosses the middle line may be chance; all bars of the steps together hold with 95 % confidence.`,
    ),
    tag(
      "figure",
      {},
      inBothSizes(heights, (size, narrow) => forestPlot(rows, size, narrow)),
    ),
    behind(
      "The steps as a table",
      figuresTable(comparison.steps, comparison.sides, "Median of every step in a typical block"),
    ),
  );
}
