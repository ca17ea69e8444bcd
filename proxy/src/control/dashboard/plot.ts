import { clock } from "./format.ts";
import type { Slice, Trend } from "./history.ts";
import { html, raw, type Html } from "./html.ts";

// Plots are drawn where the figures are, so that they are there without a script. Lines stretch with the page (an inner
// picture without a fixed ratio); words do not, because they stand in the outer one, whose places are percentages.

export type LineKind = "control" | "candidate";
export type Value = number | undefined;
export type Line = { kind: LineKind; name: string; values: readonly Value[] };
export type Mark = { at: number; label: string };

export type Plot = {
  title: string;
  lines: readonly Line[];
  /** Instants of the first and last value. */
  from: number;
  to: number;
  marks: readonly Mark[];
  /** How a value reads at the axis and in the legend. */
  format: (value: Value) => string;
  /** The axis goes at least up to here. */
  atLeast: number;
};

/** A plot with legend, axis, times and marks. */
export function drawPlot(plot: Plot): Html {
  const top = axisTop(plot.lines, plot.atLeast);
  const shown = plot.marks.filter(({ at }) => at >= plot.from && at <= plot.to);
  return html`<figure class="plot">
    <figcaption>
      <span class="plot-title">${plot.title}</span>
      ${plot.lines.map(
        ({ kind, name, values }) =>
          html`<span class="key">${keySample(kind)} ${name} <b>${plot.format(values.at(-1))}</b></span>`,
      )}
    </figcaption>
    <svg class="plot-picture" role="img" aria-label="${describe(plot)}" width="100%" height="132">
      ${[0, 0.5, 1].map((part) => gridLine(part, plot.format(top * part)))}
      <svg x="0" y="${TOP}" width="100%" height="${HEIGHT}" viewBox="0 0 1000 100" preserveAspectRatio="none">
        ${plot.lines.map(({ kind, values }) => html`<path class="line ${kind}" d="${pathOf(values, top)}" />`)}
      </svg>
      ${shown.map((mark) => drawMark(mark, (mark.at - plot.from) / (plot.to - plot.from)))}
      ${[0, 0.25, 0.5, 0.75, 1].map((part) => timeLabel(part, plot.from + part * (plot.to - plot.from)))}
    </svg>
  </figure>`;
}

/** Two small lines without axis: the shape of what happened lately. */
export function drawSpark(label: string, lines: readonly Line[]): Html {
  const top = axisTop(lines, 0.01);
  return html`<svg class="spark" role="img" aria-label="${label}" viewBox="0 0 1000 100" preserveAspectRatio="none">
    ${lines.map(({ kind, values }) => html`<path class="line ${kind}" d="${pathOf(values, top)}" />`)}
  </svg>`;
}

/** The sample of a line, as legends and rows show it: a shape as well as a colour. */
export function keySample(kind: LineKind): Html {
  return html`<svg class="key-sample" width="18" height="8" aria-hidden="true">
    <path class="line ${kind}" d="M1 4H17" />
  </svg>`;
}

/** The figures of `size` neighbouring slices as one value each; the newest whole groups. */
export function groupTrend(
  trend: Trend,
  size: number,
  figure: (slices: readonly Slice[], size: number) => Value,
): Value[] {
  const values: Value[] = [];
  for (let start = trend.slices.length % size; start < trend.slices.length; start += size) {
    const group = trend.slices.slice(start, start + size).filter((slice) => slice !== undefined);
    values.push(start + size <= trend.knownFrom ? undefined : figure(group, size));
  }
  return values;
}

// --- internal ---

const TOP = 14;
const HEIGHT = 96;

// 1, 2, 5, 10, 20, 50 ... : the middle of the axis is a round number too.
function axisTop(lines: readonly Line[], atLeast: number): number {
  const highest = Math.max(atLeast, ...lines.flatMap(({ values }) => values.map((value) => finite(value))));
  const power = 10 ** Math.floor(Math.log10(highest));
  return power * ([1, 2, 4, 5, 10].find((step) => step * power >= highest * 0.999) ?? 10);
}

function finite(value: Value): number {
  return value !== undefined && Number.isFinite(value) ? value : 0;
}

// A value between two gaps has no line; a stroke of no length with round ends is a dot.
function pathOf(values: readonly Value[], top: number): Html {
  let path = "";
  let drawing = false;
  for (const [index, value] of values.entries()) {
    if (value === undefined) {
      drawing = false;
      continue;
    }
    const x = Math.round((index / Math.max(1, values.length - 1)) * 1_000);
    const y = Math.round((100 - (Math.min(value, top) / top) * 100) * 10) / 10;
    path += drawing ? `L${x} ${y}` : `M${x} ${y}h0`;
    drawing = true;
  }
  return raw(path);
}

function gridLine(part: number, label: string): Html {
  const y = TOP + HEIGHT * (1 - part);
  return html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}" />
    ${part > 0 && html`<text class="axis" x="0" y="${y - 3}">${label}</text>`}`;
}

function timeLabel(part: number, at: number): Html {
  const anchor = part === 0 ? "start" : part === 1 ? "end" : "middle";
  return html`<text
    class="axis${part === 0.25 || part === 0.75 ? " minor" : ""}"
    x="${part * 100}%"
    y="${TOP + HEIGHT + 15}"
    text-anchor="${anchor}"
    >${clock(at)}</text
  >`;
}

function drawMark({ label, at }: Mark, part: number): Html {
  const x = `${(part * 100).toFixed(2)}%`;
  return html`<g class="mark"
    ><title>${label}, ${clock(at)}</title>
    <line x1="${x}" x2="${x}" y1="${TOP - 2}" y2="${TOP + HEIGHT}" />
    <circle cx="${x}" cy="${TOP - 6}" r="4"
  /></g>`;
}

function describe({ title, lines, format, from, to, marks }: Plot): string {
  const last = lines.map(({ name, values }) => `${name} ${format(values.at(-1))}`).join(", ");
  const flips = marks.filter(({ at }) => at >= from && at <= to).map(({ label, at }) => `${label} at ${clock(at)}`);
  const since = `${title} from ${clock(from)} to ${clock(to)}`;
  return `${since}. Now: ${last}.${flips.length === 0 ? "" : ` Changes: ${flips.join("; ")}.`}`;
}
