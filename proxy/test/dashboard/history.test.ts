import { describe, expect, test } from "@jest/globals";
import {
  ALL_ROUTES,
  createHistory,
  REMEMBERED_ROUTES,
  STEPS,
  type History,
} from "../../src/control/dashboard/history.ts";
import { groupTrend } from "../../src/control/dashboard/plot.ts";
import { rateAcross } from "../../src/control/dashboard/side-figures.ts";
import { emptySeries, slotOf, type Series } from "../../src/traffic.ts";

const START = Date.parse("2026-11-21T12:00:00Z");

describe("the history of cumulative counts", () => {
  test("knows what happened in each second, from the differences", () => {
    const { history, pass } = watched();

    pass(1, { requests: 10, ms: 20 });
    pass(2, { requests: 30, ms: 20, errors: 3 });

    const slices = history.trend("items", "service", "fine").slices.slice(-2);
    expect(slices.map((slice) => [slice?.requests, slice?.errors, slice?.seconds])).toEqual([
      [10, 0, 1],
      [30, 3, 1],
    ]);
    expect(history.trend(ALL_ROUTES, "service", "fine").slices.at(-1)?.requests).toBe(30);
  });

  test("takes percentiles from the time just before, and forgets older requests", () => {
    const { history, pass } = watched();

    for (let second = 1; second <= 10; second += 1) pass(second, { requests: 100, ms: 10 });
    for (let second = 11; second <= 21; second += 1) pass(second, { requests: 100, ms: 500 });

    const { slices } = history.trend("items", "service", "fine");
    // At most one slot too much: 19 %.
    expect(slices.at(-12)?.p95).toBeGreaterThanOrEqual(10);
    expect(slices.at(-12)?.p95).toBeLessThan(12);
    expect(slices.at(-1)?.p50).toBeGreaterThanOrEqual(500);
    expect(slices.at(-1)?.p50).toBeLessThan(600);
  });

  test("spreads what was counted in a pause over the seconds of the pause", () => {
    const { history, pass } = watched();

    pass(1, { requests: 5, ms: 1 });
    pass(6, { requests: 50, ms: 1 });

    expect(groupTrend(history.trend("items", "service", "fine"), 1, rateAcross).slice(-6)).toEqual([
      5, 10, 10, 10, 10, 10,
    ]);
  });

  test("does not take a worker that was replaced for negative requests", () => {
    const { history, add, pass } = watched();

    pass(1, { requests: 500, ms: 5 });
    add(2, seriesOf(7, 5));

    expect(history.trend("items", "service", "fine").slices.at(-1)?.requests).toBe(7);
  });

  test("shows nothing where nothing was asked, and says from when on it has watched", () => {
    const { history, pass } = watched();

    pass(1, { requests: 1, ms: 1 });
    pass(2, { requests: 0, ms: 1 });

    const trend = history.trend("items", "service", "fine");
    expect(trend.slices).toHaveLength(STEPS.fine.slices);
    expect(trend.slices.at(-1)).toBeUndefined();
    expect(trend.knownFrom).toBe(STEPS.fine.slices - 2);
    expect(groupTrend(trend, 1, rateAcross).slice(-3)).toEqual([undefined, 1, 0]);
    expect(history.trend("unknown", "service", "fine").slices.every((slice) => slice === undefined)).toBe(true);
  });

  test("goes round: two hours later the oldest slices are gone", () => {
    const { history, pass } = watched();

    pass(1, { requests: 1_000, ms: 1 });
    for (let second = 10; second <= 7_300; second += 10) pass(second, { requests: 1, ms: 1 });

    const { slices } = history.trend("items", "service", "coarse");
    expect(slices).toHaveLength(STEPS.coarse.slices);
    expect(slices.every((slice) => slice?.requests === 1)).toBe(true);
    expect(history.lately("items", "service")?.requests).toBe(6);
  });

  test("keeps the past of so many routes and no more", () => {
    const history = createHistory();
    const many = (requests: number) =>
      Array.from({ length: REMEMBERED_ROUTES * 2 + 10 }, (_, index) => ({
        ...seriesOf(requests, 1),
        route: `route-${index}`,
      }));

    history.add(START, { series: many(0) });
    history.add(START + 1_000, { series: many(5) });

    const last = (route: string) => history.trend(route, "service", "fine").slices.at(-1);
    expect(last("route-0")?.requests).toBe(5);
    expect(last(`route-${REMEMBERED_ROUTES * 2 + 9}`)).toBeUndefined();
    expect(history.lately(`route-${REMEMBERED_ROUTES * 2 + 9}`, "service")?.requests).toBe(5);
  });
});

// --- internal ---

type Passed = { requests: number; ms: number; errors?: number };

/** A history that is shown the counts of one side of one route, which go on from second to second. */
function watched() {
  const history: History = createHistory();
  const series = seriesOf(0, 1);
  const add = (second: number, counted: Series) => history.add(START + second * 1_000, { series: [counted] });
  add(0, series);
  const pass = (second: number, { requests, ms, errors = 0 }: Passed) => {
    series.requests += requests;
    series.errors += errors;
    series.slots[slotOf(ms)] = (series.slots[slotOf(ms)] ?? 0) + requests;
    add(second, series);
  };
  return { history, add, pass };
}

function seriesOf(requests: number, ms: number): Series {
  const series = emptySeries("items", "service");
  series.requests = requests;
  series.slots[slotOf(ms)] = requests;
  return series;
}
