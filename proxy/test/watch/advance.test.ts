import { expect, test } from "@jest/globals";
import { toAdvanceRule } from "../../src/watch/advance-rule.ts";
import { nextStep, type Standing } from "../../src/watch/advance.ts";

const GOOD: Standing = { percent: 1, verdict: "good", minutes: 10, requests: 500, failed: 0, p95Ms: 40 };

test("a canary goes on step by step, each only after a good verdict, some time and some traffic", () => {
  const step = (standing: Partial<Standing>) => nextStep(rule({}), { ...GOOD, ...standing });

  expect(step({})).toEqual({ next: { stage: "canary", percent: 10 }, waitsFor: undefined });
  expect(step({ percent: 10 }).next).toEqual({ stage: "canary", percent: 50 });
  expect(step({ percent: 37 }).next).toEqual({ stage: "canary", percent: 50 });
  expect(step({ verdict: "not enough traffic" }).waitsFor).toBe("a good verdict");
  expect(step({ verdict: "bad" }).waitsFor).toBe("a good verdict");
  expect(step({ minutes: 7.5 }).waitsFor).toBe("2.5 minutes to pass");
  expect(step({ requests: 480 }).waitsFor).toBe("20 more requests to the candidate");
});

test("the last step is left to a person, unless the route says that the service follows", () => {
  expect(nextStep(rule({}), { ...GOOD, percent: 100 })).toEqual({
    next: null,
    waitsFor: "a person: this is the last step",
  });
  expect(nextStep(rule({ thenService: true }), { ...GOOD, percent: 100 })).toEqual({
    next: { stage: "service", percent: null },
    waitsFor: undefined,
  });
});

test("gates hold back what the verdict lets through", () => {
  const gated = rule({ gates: { errorPercent: 1, p95Ms: 50 } });

  expect(nextStep(gated, GOOD).waitsFor).toBeUndefined();
  expect(nextStep(gated, { ...GOOD, failed: 6 }).waitsFor).toBe("errors at or below 1 %");
  expect(nextStep(gated, { ...GOOD, p95Ms: 51 }).waitsFor).toBe("a 95th percentile of at most 50 ms");
});

// --- internal ---

function rule(entry: NonNullable<Parameters<typeof toAdvanceRule>[0]>) {
  const made = toAdvanceRule(entry);
  if (made === undefined) throw new Error("no rule after all");
  return made;
}
