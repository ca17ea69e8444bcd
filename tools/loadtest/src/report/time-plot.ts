import type { Comparison, Moment, Stretch } from "../compare/comparison.ts";
import { inMs } from "../words.ts";
import { line, parts, tag, type Markup } from "./markup.ts";
import { tickText, yAxis, type PlotSize } from "./plot.ts";
import { linearScale, logScale, type Scale } from "./scale.ts";

/** Median and 99th percentile of every second, in the order in which it happened; blocks as bands of their side's colour. */
export function timePlot({ stretches, sides }: Comparison, { width, height, left }: PlotSize, narrow: boolean): Markup {
  const right = width - 16;
  const bottom = height - 44;
  const endMs = Math.max(1000, ...stretches.map((stretch) => stretch.endMs));
  const inMinutes = endMs > 240_000;
  const unitMs = inMinutes ? 60_000 : 1000;
  const time = linearScale([0, endMs / unitMs], [left, right], narrow ? 4 : 10);
  const x: Scale = { ...time, at: (ms) => time.at(ms / unitMs) };
  const moments = stretches.flatMap((stretch) => stretch.moments);
  const y = logScale(
    moments.flatMap(({ p50Ms, p99Ms }) => [p50Ms, p99Ms]),
    [bottom, 36],
  );
  return tag(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": describe(stretches, sides) },
    stretches.map((stretch) => drawStretch(stretch, x, bottom)),
    yAxis(y, { left, right, title: "milliseconds" }),
    time.ticks.map((tick) => tag("text", { x: time.at(tick), y: bottom + 17, class: "tick middle" }, tickText(tick))),
    tag(
      "text",
      { x: right, y: height - 4, class: "axis end" },
      `${inMinutes ? "minutes" : "seconds"} since the first block`,
    ),
    stretches.map((stretch) => drawLines(stretch, x, y)),
    moments.filter(({ failed }) => failed > 0).map((moment) => drawFailure(moment, x)),
  );
}

// --- internal ---

function drawStretch({ side, usable, startMs, endMs }: Stretch, x: Scale, bottom: number): Markup {
  const box = { x: x.at(startMs), width: Math.max(1, x.at(endMs) - x.at(startMs)) };
  return parts(
    tag("rect", { ...box, y: 36, height: bottom - 36, class: `stretch ${side}${usable ? "" : " unusable"}` }),
    tag("rect", { ...box, y: 24, height: 7, class: `strip ${side}${usable ? "" : " unusable"}` }),
  );
}

/** A second has its middle half a second after it began; a lone one still is a dot. */
function drawLines({ side, moments }: Stretch, x: Scale, y: Scale): Markup {
  const seen = moments.filter(({ p50Ms }) => p50Ms > 0);
  const trace = (pick: (moment: Moment) => number) =>
    line(seen.map((moment) => [x.at(moment.atMs + 500), y.at(pick(moment))]));
  return parts(
    tag("path", { d: trace(({ p99Ms }) => p99Ms), class: `trace tail ${side}` }),
    tag("path", { d: trace(({ p50Ms }) => p50Ms), class: `trace ${side}` }),
  );
}

function drawFailure({ atMs, failed }: Moment, x: Scale): Markup {
  const at = x.at(atMs + 500);
  return tag(
    "path",
    {
      d: `${line([
        [at - 4, 40],
        [at + 4, 48],
      ])}${line([
        [at - 4, 48],
        [at + 4, 40],
      ])}`,
      class: "failure",
    },
    tag("title", {}, `${failed} failed`),
  );
}

function describe(stretches: readonly Stretch[], sides: Comparison["sides"]): string {
  const worst = (side: Stretch["side"]) =>
    Math.max(
      0,
      ...stretches
        .filter((stretch) => stretch.side === side)
        .flatMap(({ moments }) => moments.map(({ p99Ms }) => p99Ms)),
    );
  return (
    `Latency over time in ${stretches.length} blocks that take turns. The worst second of ${sides.before.label} had a 99th ` +
    `percentile of ${inMs(worst("before"))}, that of ${sides.after.label} ${inMs(worst("after"))}.`
  );
}
