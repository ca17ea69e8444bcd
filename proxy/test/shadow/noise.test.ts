import { describe, expect, test } from "@jest/globals";
import { createLedgers, sumShadowReports, toShadowRules, type Difference, type ShadowReport } from "../../src/index.ts";
import { judgeField, type FieldEvidence } from "../../src/shadow/noise.ts";

const NOTHING: FieldEvidence = { raw: 0, noise: 0, rawWhereTwice: 0, bothWhereTwice: 0, stayed: 0, changed: 0 };

describe("a field is judged", () => {
  test.each<[string, Partial<FieldEvidence>, { compared: number; askedTwice: number }, string]>([
    ["noise where it never differed", {}, { compared: 100, askedTwice: 100 }, "noise"],
    [
      "noise where the control differs from itself as often",
      { raw: 100, noise: 10, rawWhereTwice: 10, bothWhereTwice: 10 },
      { compared: 100, askedTwice: 10 },
      "noise",
    ],
    [
      "noise at up to 20 % more, whatever stayed",
      { raw: 60, noise: 40, rawWhereTwice: 60, bothWhereTwice: 40, stayed: 9 },
      { compared: 100, askedTwice: 100 },
      "noise",
    ],
    [
      "noise in up to 0.03 % of the requests, whatever stayed",
      { raw: 3, stayed: 3 },
      { compared: 10_000, askedTwice: 1_000 },
      "noise",
    ],
    ["undecided when first seen", { raw: 1 }, { compared: 1, askedTwice: 0 }, "undecided"],
    ["real when it stayed, asked again", { raw: 1, stayed: 1 }, { compared: 1_000, askedTwice: 100 }, "real"],
    [
      "noise when a side said something else, asked again",
      { raw: 2, noise: 1, changed: 2, stayed: 1 },
      { compared: 1_000, askedTwice: 1_000 },
      "noise",
    ],
    [
      "real when only the candidate differed too often for chance",
      { raw: 100, noise: 40, rawWhereTwice: 100, bothWhereTwice: 40, changed: 10 },
      { compared: 100, askedTwice: 100 },
      "real",
    ],
    [
      "noise when that may be chance",
      { raw: 12, noise: 4, rawWhereTwice: 12, bothWhereTwice: 0, changed: 10 },
      { compared: 100, askedTwice: 100 },
      "noise",
    ],
    [
      "real when it differed often, in very many requests",
      { raw: 3_000, noise: 500, rawWhereTwice: 3_000, bothWhereTwice: 400, changed: 10 },
      { compared: 10_000, askedTwice: 10_000 },
      "real",
    ],
  ])("%s", (_what, evidence, totals, verdict) => {
    expect(judgeField({ ...NOTHING, ...evidence }, totals).verdict).toBe(verdict);
  });

  test("with the distances that the rule is about", () => {
    const evidence = { ...NOTHING, raw: 30, noise: 1 };

    expect(judgeField(evidence, { compared: 100, askedTwice: 10 })).toMatchObject({ relative: 50, absolute: 20 });
  });
});

describe("what is remembered of a route", () => {
  test("is asked twice at first, then for a sample, and never where the rules say so", () => {
    const ledger = ledgerOf("a", { noise: 10 });
    const wants = () => [0.05, 0.5].map(ledger.wantsTwice);

    expect(wants()).toEqual([true, true]);
    for (let request = 0; request < 100; request += 1) ledger.record({ raw: [], noise: [] });
    expect(wants()).toEqual([true, false]);
    expect(ledgerOf("b", { noise: 0 }).wantsTwice(0)).toBe(false);
  });

  test("is bounded: of too many fields, those seen least often are forgotten, and counted", () => {
    const ledger = ledgerOf("a");
    for (let request = 0; request < 50; request += 1) {
      ledger.record({ raw: [differing("/price"), differing(`/random/${request}`)], noise: undefined });
    }

    const { fields, fieldsEvicted } = ledger.report();

    expect(fields).toHaveLength(4);
    expect(fields[0]).toMatchObject({ field: "/price", raw: 50 });
    expect(fieldsEvicted).toBe(47);
  });

  test("keeps the newest samples, but the only one of a difference as long as there are others to let go", () => {
    const ledger = ledgerOf("a");
    const keep = (path: string, field: string) => {
      const difference = differing(field);
      ledger.record({ raw: [difference], noise: undefined });
      ledger.keep({ ...sample(path), differences: [difference] });
    };
    keep("/rare", "/rare");
    for (let request = 1; request <= 5; request += 1) keep(`/often/${request}`, "/often");

    const { samples, samplesDropped, fields } = ledger.report();

    expect(samples.map(({ path }) => path)).toEqual(["/rare", "/often/4", "/often/5"]);
    expect(samplesDropped).toBe(3);
    expect(fields.find(({ field }) => field === "/often")?.sample).toBe(samples[2]?.id);
  });

  test("and all routes together keep a bounded number of samples, each at least one", () => {
    const ledgers = createLedgers({ fields: 4, samples: 10 });
    for (let route = 0; route < 1_100; route += 1) {
      const ledger = ledgers.of(`route-${route}`, "stock", toShadowRules());
      ledger.record({ raw: [differing("/a")], noise: undefined });
      for (const path of ["/1", "/2"]) ledger.keep({ ...sample(path), differences: [differing("/a")] });
    }

    const kept = ledgers.report(0).routes.map(({ samples }) => samples.length);

    expect(Math.min(...kept)).toBe(1);
    expect(kept.reduce((sum, number) => sum + number, 0)).toBe(1_600);
  });

  test("is forgotten with other rules, for they may judge otherwise; the counts go on", () => {
    const ledgers = createLedgers({ fields: 4, samples: 3 });
    const before = ledgers.of("a", "stock", toShadowRules());
    before.record({ raw: [differing("/a")], noise: undefined });
    before.count.compared += 1;

    expect(ledgers.of("a", "stock", toShadowRules())).toBe(before);
    const after = ledgers.of("a", "stock", toShadowRules({ ignore: [{ path: "/a", reason: "random" }] }));
    expect(after.report()).toMatchObject({ compared: 0, fields: [], counts: { compared: 1 } });
  });
});

describe("the reports of several workers", () => {
  test("are judged together: evidence that was too little for each is enough for all", () => {
    const oneWorker = (): ShadowReport => {
      const ledgers = createLedgers({ fields: 4, samples: 3 });
      const ledger = ledgers.of("a", "stock", toShadowRules());
      const difference = differing("/a");
      for (let request = 0; request < 6; request += 1) ledger.record({ raw: [difference], noise: [] });
      ledger.count.compared += 6;
      ledger.count.different += 6;
      ledger.keep({ ...sample("/a"), differences: [difference] });
      return ledgers.report(1);
    };
    const reports = [oneWorker(), oneWorker()];

    expect(reports[0]?.routes[0]?.fields[0]).toMatchObject({ raw: 6, verdict: "undecided" });
    const sum = sumShadowReports(reports);
    expect(sum).toMatchObject({
      inFlight: 2,
      routes: [
        {
          route: "a",
          counts: { compared: 12, different: 12 },
          compared: 12,
          askedTwice: 12,
          fields: [{ field: "/a", raw: 12, noise: 0, verdict: "real" }],
        },
      ],
    });
    expect(new Set(sum.routes[0]?.samples.map(({ id }) => id)).size).toBe(2);
    expect(sumShadowReports(reports, { fields: 1, samples: 1 }).routes[0]).toMatchObject({
      samples: [expect.anything()],
      samplesDropped: 1,
    });
  });

  test("of none are nothing", () => {
    expect(sumShadowReports([])).toMatchObject({ inFlight: 0, routes: [] });
  });
});

// --- internal ---

function ledgerOf(route: string, rule: Parameters<typeof toShadowRules>[0] = {}) {
  return createLedgers({ fields: 4, samples: 3 }).of(route, "stock", toShadowRules(rule));
}

function differing(field: string): Difference {
  return { kind: "primitive", field, at: field, control: "1", candidate: "2" };
}

function sample(path: string) {
  const side = { status: 200, contentType: null, bytes: 1 };
  return {
    method: "GET",
    path,
    redacted: false,
    accept: null,
    requestId: "r",
    control: side,
    candidate: side,
    more: 0,
  };
}
