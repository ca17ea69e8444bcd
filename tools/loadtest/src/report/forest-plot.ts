import type { Compared, Comparison, Figure } from "../compare/comparison.ts";
import { inPercent } from "../words.ts";
import { parts, tag, type Markup } from "./markup.ts";
import { tickText, type PlotSize } from "./plot.ts";
import { linearScale, type Scale } from "./scale.ts";

export type ForestRow = { name: string; figure: Compared; whole: boolean };

/** All requests first, then the steps, the slowest change on top. */
export function forestRows({ figures, steps }: Comparison): ForestRow[] {
  const rows = steps.filter(isCompared).sort((a, b) => b.change - a.change);
  const median = figures.filter(isCompared).find(({ name }) => name === "median");
  return [
    ...(median ? [{ name: "all requests", figure: median, whole: true }] : []),
    ...rows.map((figure) => ({ name: figure.name, figure, whole: false })),
  ];
}

export function forestHeight(rows: readonly ForestRow[], narrow: boolean): number {
  return 62 + rows.length * rowHeight(narrow);
}

/** For every step the change of its median with its interval, around a line for "no change". */
export function forestPlot(rows: readonly ForestRow[], { width, height }: PlotSize, narrow: boolean): Markup {
  const [from, to] = narrow ? [8, width - 8] : [230, width - 190];
  const reach = reachOf(rows);
  const x = linearScale([-reach, reach], [from, to], narrow ? 6 : 8);
  const bottom = height - 34;
  return tag(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": describe(rows) },
    x.ticks.map((tick) => percentTick(tick, x, bottom)),
    tag("text", { x: x.at(0) - 8, y: 13, class: "axis end" }, "\u2190 faster"),
    tag("text", { x: x.at(0) + 8, y: 13, class: "axis" }, "slower \u2192"),
    rows.map((row, index) => drawRow(row, 24 + index * rowHeight(narrow), clipped(x, reach), { narrow, width })),
  );
}

// --- internal ---

function isCompared(figure: Figure): figure is Figure & Compared {
  return figure.outcome === "compared";
}

function rowHeight(narrow: boolean): number {
  return narrow ? 44 : 26;
}

/** As far as the widest interval, but at most to twice the time; what reaches further is cut there, its figures stand beside it. */
function reachOf(rows: readonly ForestRow[]): number {
  const widest = Math.max(0.05, ...rows.flatMap(({ figure: { low, high } }) => [Math.abs(low), Math.abs(high)]));
  return Math.min(widest * 1.08, 1);
}

function percentTick(tick: number, x: Scale, bottom: number): Markup {
  const at = x.at(tick);
  const isZero = Math.abs(tick) < 1e-9;
  return parts(
    tag("line", { x1: at, x2: at, y1: 20, y2: bottom, class: isZero ? "zero" : "grid" }),
    tag(
      "text",
      { x: at, y: bottom + 17, class: "tick middle" },
      isZero ? "0" : `${tick > 0 ? "+" : "\u2212"}${tickText(Math.abs(tick) * 100)} %`,
    ),
  );
}

type RowSize = { narrow: boolean; width: number };

function drawRow({ name, figure, whole }: ForestRow, top: number, at: Scale["at"], { narrow, width }: RowSize): Markup {
  const middle = top + (narrow ? 28 : 13);
  const textY = narrow ? top + 13 : middle + 4;
  const text = `${inPercent(figure.change)}  (${inPercent(figure.low)} to ${inPercent(figure.high)})`;
  return tag(
    "g",
    { class: `row ${figure.verdict.replaceAll(" ", "-")}${whole ? " whole" : ""}` },
    tag("text", { x: narrow ? 8 : 0, y: textY, class: "name" }, shorten(name, narrow ? 22 : 34)),
    tag("line", { x1: at(figure.low), x2: at(figure.high), y1: middle, y2: middle, class: "interval" }),
    marker(at(figure.change), middle, whole),
    tag("text", { x: narrow ? width - 8 : width, y: textY, class: "value end" }, text),
  );
}

function clipped(x: Scale, reach: number): Scale["at"] {
  return (value) => x.at(Math.max(-reach, Math.min(reach, value)));
}

function marker(x: number, y: number, whole: boolean): Markup {
  if (!whole) return tag("circle", { cx: x, cy: y, r: 4.5, class: "dot" });
  return tag("path", { d: `M${x - 7} ${y}L${x} ${y - 7}L${x + 7} ${y}L${x} ${y + 7}Z`, class: "dot" });
}

function shorten(name: string, length: number): string {
  return name.length <= length ? name : `${name.slice(0, length - 1)}\u2026`;
}

function describe(rows: readonly ForestRow[]): string {
  const said = rows.map(({ name, figure }) => `${name} ${figure.verdict} (${inPercent(figure.change)})`);
  return `Change of the median of every step, with its interval: ${said.join(", ")}.`;
}
