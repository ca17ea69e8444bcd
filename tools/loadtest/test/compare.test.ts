import { describe, expect, test } from "@jest/globals";
import { compare, type Block, type Comparison, type Figure } from "../src/index.ts";
import { createRandom } from "../src/random.ts";
import { drawLatencies, fakeRun, type FakeRun } from "./fake-run.ts";

const LABELS = { before: "monolith", after: "service" };

describe("a comparison", () => {
  test("is the same for the same blocks, also when they come from a file", () => {
    const blocks = simulate({ pairs: 4, factor: 1.3 });

    const fromFile = JSON.parse(JSON.stringify(blocks)) as Block[];

    expect(compare(fromFile, { labels: LABELS })).toEqual(compare(blocks, { labels: LABELS }));
  });

  test("says in one sentence that the service is slower, with both times and how sure that is", () => {
    expect(compare(simulate({ pairs: 8, factor: 1.3 }), { labels: LABELS }).headline).toMatch(
      /^Service is slower than monolith: a typical request takes 1[23]\.\d ms instead of (9\.\d\d|10\.\d) ms \(\+\d\d %, between \+\d\d % and \+\d\d %\)\./,
    );
  });

  test("says what it could have seen when it saw nothing", () => {
    expect(compare(simulate({ pairs: 8, factor: 1 }), { labels: LABELS }).headline).toMatch(
      /^No difference seen between monolith and service: a change of [\d.]+ % in a typical request, or of [\d.]+ % in the slowest 1 in 100, would have been seen\.$/,
    );
  });

  test("puts errors before speed", () => {
    const comparison = compare(simulate({ pairs: 4, factor: 0.5, after: { failed: 3 } }), { labels: LABELS });

    expect(comparison.headline).toMatch(/^Service failed 12 of \d,\d+ requests, monolith failed 0 of/);
    expect(comparison.sides.after.failures).toEqual([{ step: "page", reason: "status 500 instead of 200", count: 12 }]);
    expect(figure(comparison, "errors")).toMatchObject({ outcome: "compared", verdict: "more" });
  });

  test("of no errors with none still allows three in all requests", () => {
    const errors = figure(compare(simulate({ pairs: 5, factor: 1 }), { labels: LABELS }), "errors");

    expect(errors).toMatchObject({ before: 0, after: 0, change: 0, verdict: "no difference seen" });
    expect(errors.outcome === "compared" && errors.couldSee).toBeCloseTo(3 / 1500, 6);
  });

  test("leaves out a pair in which the generator was late, and says why", () => {
    const blocks = simulate({ pairs: 5, factor: 1.3, late: 2 });

    const comparison = compare(blocks, { labels: LABELS });

    expect(comparison.pairs).toEqual({ planned: 5, used: 4 });
    expect(comparison.leftOut).toEqual([{ pair: 2, reason: expect.stringContaining("the generator was late itself") }]);
    expect(comparison.stretches.filter(({ usable }) => !usable).map(({ pair }) => pair)).toEqual([2, 2]);
  });

  test("of too few pairs is neither equal nor different", () => {
    const comparison = compare(simulate({ pairs: 2, factor: 3 }), { labels: LABELS });

    expect(comparison.headline).toBe("Could not compare: 2 usable pairs of blocks; at least 3 are needed.");
    expect(comparison.figures.map(({ outcome }) => outcome)).toEqual(Array(5).fill("could not compare"));
  });

  test("does not judge steps that hardly anybody asked for", () => {
    const comparison = compare(simulate({ pairs: 4, factor: 1.3, rare: true }), { labels: LABELS });

    expect(figure(comparison, "page", "steps").outcome).toBe("compared");
    expect(figure(comparison, "rare", "steps")).toMatchObject({
      outcome: "could not compare",
      reason: "in most blocks fewer than 5 requests were answered",
    });
  });

  test("has curves that rise, lie in their bands, and end where too few requests are left", () => {
    const { curve } = compare(simulate({ pairs: 5, factor: 1 }), { labels: LABELS }).sides.before;

    expect(curve.map(({ ms }) => ms)).toEqual(curve.map(({ ms }) => ms).toSorted((a, b) => a - b));
    expect(curve.every(({ ms, lowMs, highMs }) => lowMs <= ms * 1.02 && highMs >= ms * 0.98)).toBe(true);
    expect(curve.at(-1)?.percentile).toBeGreaterThan(99.5);
    expect(curve.at(-1)?.percentile).toBeLessThanOrEqual(100 * (1 - 5 / 1500));
  });
});

// --- internal ---

type Simulation = { pairs: number; factor: number; after?: Partial<FakeRun>; late?: number; rare?: boolean };

function simulate({ pairs, factor, after = {}, late, rare = false }: Simulation): Block[] {
  const random = createRandom("compare", factor);
  return Array.from({ length: pairs }, (_, pair): Block[] => {
    const latenessMs = pair === late ? 80 : 0.1;
    const runs = [
      fakeRun({ latenciesMs: draw(1), latenessMs }),
      fakeRun({ latenciesMs: draw(factor), latenessMs, ...after }),
    ];
    if (rare)
      for (const run of runs)
        Object.assign(run.steps, { rare: { ...run.steps["page"], latency: fakeRun({ latenciesMs: [1] }).latency } });
    return [
      { pair, side: "before", run: runs[0] as Block["run"] },
      { pair, side: "after", run: runs[1] as Block["run"] },
    ];
  }).flat();

  function draw(slowness: number) {
    return drawLatencies(random, 300, 10 * slowness);
  }
}

function figure(comparison: Comparison, name: string, list: "figures" | "steps" = "figures"): Figure {
  return comparison[list].find((candidate) => candidate.name === name) as Figure;
}
