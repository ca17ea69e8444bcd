import { duration, rate, share } from "./format.ts";
import type { Slice } from "./history.ts";
import { html, type Html } from "./html.ts";
import { keySample, type LineKind, type Value } from "./plot.ts";

export const SIDE_COLUMNS = ["Req/s", "Errors", "p50", "p95", "p99"] as const;

/** One row's cells: what a side did in the last minute. */
export function sideCells(slice: Slice | undefined): Html[] {
  const { perSecond, errorShare } = { perSecond: slice && rateOf(slice), errorShare: slice && errorShareOf(slice) };
  const bad = errorShare !== undefined && errorShare >= ALARMING;
  return [
    cell(0, rate(perSecond)),
    cell(1, bad ? html`<span class="errors">${share(errorShare)}</span>` : share(errorShare)),
    cell(2, duration(slice?.p50)),
    cell(3, duration(slice?.p95)),
    cell(4, duration(slice?.p99)),
  ];
}

/** Names a side, with the line by which plots show it. */
export function sideName(kind: LineKind, name: string): Html {
  return html`<span class="side ${kind}">${keySample(kind)} ${name}</span>`;
}

export function rateOf({ requests, seconds }: Slice): number {
  return requests / seconds;
}

export function errorShareOf({ requests, errors }: Slice): number {
  return errors / requests;
}

/** Requests a second on average of `size` slices, of which those without requests are left out. */
export function rateAcross(slices: readonly Slice[], size: number): Value {
  return slices.reduce((sum, slice) => sum + rateOf(slice), 0) / size;
}

/** Errors in percent of requests; undefined where nothing was counted. */
export function errorPercentAcross(slices: readonly Slice[]): Value {
  const requests = slices.reduce((sum, slice) => sum + slice.requests, 0);
  const errors = slices.reduce((sum, slice) => sum + slice.errors, 0);
  return requests === 0 ? undefined : (errors / requests) * 100;
}

/** The newest of several slices: its percentiles look back over all of them. */
export function newestOf(percentile: "p50" | "p95" | "p99"): (slices: readonly Slice[]) => Value {
  return (slices) => slices.at(-1)?.[percentile];
}

// --- internal ---

// Single errors happen on every side; one in a hundred is worth a look.
const ALARMING = 0.01;

function cell(column: number, content: Html | string): Html {
  return html`<td class="figure" data-label="${SIDE_COLUMNS[column]}">${content}</td>`;
}
