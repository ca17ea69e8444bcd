import { clock, clockMinute } from "./format.ts";
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
      ${[0, 0.5, 1].map((part) => html`<line class="grid" x1="0" x2="100%" y1="${yAt(part)}" y2="${yAt(part)}" />`)}
      <svg x="0" y="${TOP}" width="100%" height="${HEIGHT}" viewBox="0 0 1000 100" preserveAspectRatio="none">
        ${plot.lines.map(({ kind, values }) => html`<path class="line ${kind}" d="${pathOf(values, top)}" />`)}
      </svg>
      ${shown.map((mark) => drawMark(mark, xAt(mark.at, plot)))}
      ${[0.5, 1].map((part) => html`<text class="axis" x="0" y="${yAt(part) - 3}">${plot.format(top * part)}</text>`)}
      ${roundTimes(plot).map((at) => html`<text class="axis" x="${xAt(at, plot)}" y="${yAt(0) + 15}" text-anchor="middle">${clockMinute(at)}</text>`)}
    </svg>
  </figure>`;
}

/** Two small lines without axis: the shape of what happened lately. */
export function drawSpark(label: string, lines: readonly Line[]): Html {
  const top = axisTop(lines, 0.01);
  return html`<svg class="spark" role="img" aria-label="${label}" viewBox="0 0 1000 100" preserveAspectRatio="none">
    ${lines.map(({ kind, values }) => values.length > 0 && html`<path class="line ${kind}" d="${pathOf(values, top)}" />`)}
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

// 0 is the lower edge of the picture, 1 the upper.
function yAt(part: number): number {
  return TOP + HEIGHT * (1 - part);
}

function xAt(at: number, { from, to }: Pick<Plot, "from" | "to">): string {
  return `${(((at - from) / (to - from)) * 100).toFixed(2)}%`;
}

// Full minutes or half hours, as far as their label fits.
function roundTimes({ from, to }: Plot): number[] {
  const every = to - from > 900_000 ? 1_800_000 : 60_000;
  const first = Math.ceil((from + (to - from) * 0.04) / every) * every;
  const count = Math.floor((to - (to - from) * 0.04 - first) / every) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => first + index * every);
}

function drawMark({ label, at }: Mark, x: string): Html {
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
