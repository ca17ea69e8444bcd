import { duration, rate } from "./format.ts";
import { STEPS, type Slice, type Step, type Trend } from "./history.ts";
import { html, type Html } from "./html.ts";
import { drawPlot, drawSpark, groupTrend, type Line, type Mark, type Plot, type Value } from "./plot.ts";
import { errorPercentAcross, rateAcross, newestOf } from "./side-figures.ts";
import type { SidesView } from "./view.ts";
import { pageUrl } from "./paths.ts";

type Figure = (slices: readonly Slice[], size: number) => Value;
type Names = { control: string; candidate: string };

/** Rate, errors and latency of both sides over the same time, with the flips on it. */
export function drawSidePlots(sides: SidesView, names: Names, step: Step, marks: readonly Mark[]): Html {
  const plot = (title: string, figure: Figure, format: Plot["format"], atLeast: number) =>
    drawPlot({ title, ...linesOf(sides, names, step, figure), marks, format, atLeast });
  return html`<div class="plots">
    ${plot("Requests per second", rateAcross, rate, 1)}
    ${plot("Errors, percent of requests", errorPercentAcross, percentOf, 1)}
    ${plot("Latency, 95th percentile", newestOf("p95"), duration, 1)}
  </div>`;
}

/** Which time the plots show: a choice of two links. */
export function stepLinks(path: string, step: Step): Html {
  const link = (name: Step, text: string) =>
    html`<a
      href="${pageUrl(path, { step: name === "fine" ? undefined : name })}"
      ${name === step && html`aria-current="true"`}
      >${text}</a
    >`;
  return html`<span class="choice" role="group" aria-label="Time shown"
    >${link("fine", "5 min")}${link("coarse", "2 h")}</span
  >`;
}

/** The rate of the last five minutes, small. */
export function sparkOf({ control, candidate }: SidesView, label: string): Html {
  return drawSpark(label, [
    { kind: "control", name: "", values: control.rates() },
    { kind: "candidate", name: "", values: candidate.rates() },
  ]);
}

// --- internal ---

// About a hundred points fit a plot: 3 s of 5 min, 1 min of 2 h.
const GROUPS = { fine: 3, coarse: 6 } as const;

function linesOf(
  sides: SidesView,
  names: Names,
  step: Step,
  figure: Figure,
): { lines: Line[]; from: number; to: number } {
  const [control, candidate] = [sides.control[step](), sides.candidate[step]()];
  const values = (trend: Trend) => groupTrend(trend, GROUPS[step], figure);
  return {
    lines: [
      { kind: "control", name: names.control, values: values(control) },
      { kind: "candidate", name: names.candidate, values: values(candidate) },
    ],
    from: control.endsAt - STEPS[step].ms * STEPS[step].slices,
    to: control.endsAt,
  };
}

function percentOf(value: Value): string {
  return value === undefined ? "–" : `${value > 0 && value < 10 ? value.toFixed(1) : value.toFixed(0)}\u00a0%`;
}
