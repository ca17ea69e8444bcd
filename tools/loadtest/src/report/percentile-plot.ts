import type { Comparison, CurvePoint, Side } from "../compare/comparison.ts";
import { inMs } from "../words.ts";
import { line, parts, tag, type Markup } from "./markup.ts";
import { type PlotSize, yAxis } from "./plot.ts";
import { logScale, ninesScale, type Scale } from "./scale.ts";

/** Both sides' latency at every percentile, with bands, on the axis of nines. */
export function percentilePlot({ sides }: Comparison, { width, height, left }: PlotSize): Markup {
  const curves = [sides.before.curve, sides.after.curve];
  const points = curves.flat();
  const last = Math.max(50, ...points.map(({ percentile }) => percentile));
  const right = width - 16;
  const bottom = height - 44;
  const x = ninesScale(last, [left, right]);
  // The fastest tenth would stretch the axis, and nobody asks for it.
  const shown = points.filter(({ percentile }) => percentile >= 10);
  const y = logScale(
    shown.flatMap(({ lowMs, highMs }) => [lowMs, highMs]),
    [bottom, 26],
  );
  return tag(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": describe(sides) },
    yAxis(y, { left, right, title: "milliseconds" }),
    readable(x).map((percentile) => percentileTick(percentile, x, bottom)),
    tag("text", { x: right, y: height - 4, class: "axis end" }, "share of requests that took no longer"),
    drawCurve("before", sides.before.curve, x, y),
    drawCurve("after", sides.after.curve, x, y),
  );
}

// --- internal ---

/** On a narrow screen 0 % and 50 % stand too close to be read. */
function readable({ at, ticks }: Scale): readonly number[] {
  return at(50) - at(0) < 45 ? ticks.filter((percentile) => percentile > 0) : ticks;
}

function percentileTick(percentile: number, x: Scale, bottom: number): Markup {
  const at = x.at(percentile);
  return parts(
    tag("line", { x1: at, x2: at, y1: 26, y2: bottom, class: "grid" }),
    tag("text", { x: at, y: bottom + 17, class: "tick middle" }, `${percentile} %`),
  );
}

function drawCurve(side: Side, curve: readonly CurvePoint[], x: Scale, y: Scale): Markup {
  const upper = curve.map(({ percentile, highMs }) => [x.at(percentile), y.at(highMs)] as const);
  const lower = curve.map(({ percentile, lowMs }) => [x.at(percentile), y.at(lowMs)] as const);
  const middle = curve.map(({ percentile, ms }) => [x.at(percentile), y.at(ms)] as const);
  return parts(
    tag("path", { d: `${line([...upper, ...lower.toReversed()])}Z`, class: `band ${side}` }),
    tag("path", { d: line(middle), class: `curve ${side}` }),
  );
}

function describe({ before, after }: Comparison["sides"]): string {
  const say = (label: string, curve: readonly CurvePoint[]) => {
    const at = (wanted: number) => curve.findLast(({ percentile }) => percentile <= wanted + 1e-9)?.ms ?? 0;
    return `${label}: half of the requests took at most ${inMs(at(50))}, 90 % at most ${inMs(at(90))}, 99 % at most ${inMs(at(99))}`;
  };
  return `Percentile curves. ${say(before.label, before.curve)}. ${say(after.label, after.curve)}.`;
}
