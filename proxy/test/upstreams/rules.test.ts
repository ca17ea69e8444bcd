import { describe, expect, test } from "@jest/globals";
import { chooseLeastBusy, findCandidates } from "../../src/upstreams/choose.ts";
import { nextIndex } from "../../src/upstreams/discovery/consul.ts";
import { ejectionMs, mayEjectOne, nextSeverity } from "../../src/upstreams/ejection.ts";
import { judgeCheck } from "../../src/upstreams/health.ts";
import { createInstance, type Instance } from "../../src/upstreams/instance.ts";
import type { EjectionPlan, HealthPlan } from "../../src/upstreams/pool-plan.ts";

function instance(port: number, facts: Partial<Instance> = {}): Instance {
  const found = { origin: `http://10.0.0.1:${port}`, weight: 1, priority: 0 };
  return Object.assign(createInstance(found, false), facts);
}

function ports(instances: readonly Instance[]): number[] {
  return instances.map(({ origin }) => Number(origin.port));
}

describe("choosing an instance", () => {
  const [a, b, c] = [instance(1), instance(2), instance(3)];

  test("equally busy ones are taken in turn", () => {
    const chosen = [0, 1, 2, 3, 4, 5].map((turn) => chooseLeastBusy([a, b, c], turn));
    expect(chosen).toEqual([a, b, c, a, b, c]);
  });

  test("the least busy one is taken whoever's turn it is, in proportion to its weight", () => {
    const busy = [instance(1, { inFlight: 3 }), instance(2, { inFlight: 1 }), instance(3, { inFlight: 2 })];
    expect([0, 1, 2].map((turn) => chooseLeastBusy(busy, turn))).toEqual([busy[1], busy[1], busy[1]]);
    const heavy = [instance(1, { inFlight: 1 }), instance(2, { inFlight: 5, weight: 10 })];
    expect(chooseLeastBusy(heavy, 0)).toBe(heavy[1]);
  });

  test("another than the one that has failed is taken, and none when there is no other", () => {
    expect([0, 1, 2].map((turn) => chooseLeastBusy([a, b], turn, a.name))).toEqual([b, b, b]);
    expect(chooseLeastBusy([a], 7, a.name)).toBeUndefined();
    expect(chooseLeastBusy([], 7)).toBeUndefined();
  });

  test("of many, the less busy of two is taken: no instance is far above the others, and the busiest never wins", () => {
    const many = Array.from({ length: 100 }, (_, index) => instance(index + 1));
    for (let turn = 0; turn < 10_000; turn += 1) {
      const chosen = chooseLeastBusy(many, turn, many[0]?.name);
      if (chosen) chosen.inFlight += 1;
    }
    const loads = many.slice(1).map(({ inFlight }) => inFlight);
    expect(many[0]?.inFlight).toBe(0);
    expect(loads.reduce((sum, each) => sum + each)).toBe(10_000);
    // 101 each on average; chosen by lot alone, the spread would be about +-30.
    expect(Math.max(...loads) - Math.min(...loads)).toBeLessThan(20);
  });

  test("well before unknown, unknown before unwell, and the lowest priority that is left", () => {
    const up = instance(1);
    const backup = instance(2, { priority: 1 });
    const unknown = instance(3, { health: "unknown" });
    const down = instance(4, { health: "down" });
    const ejected = instance(5, { ejectedUntil: 1_000 });
    const gone = instance(6, { listed: false });
    expect(findCandidates([up, backup, unknown, down, ejected, gone])).toEqual({ instances: [up], panic: false });
    expect(findCandidates([backup, unknown, down, ejected])).toEqual({ instances: [backup], panic: false });
    expect(findCandidates([unknown, down, ejected])).toEqual({ instances: [unknown], panic: false });
    expect(findCandidates([down, ejected, gone])).toEqual({ instances: [down, ejected], panic: true });
    expect(findCandidates([gone])).toEqual({ instances: [], panic: false });
    expect(ports(findCandidates([]).instances)).toEqual([]);
  });
});

describe("leaving an instance out", () => {
  const plan: EjectionPlan = { failures: 5, forMs: 10_000, atMostMs: 45_000, atMostPercent: 50 };
  const ejected = { ejectedUntil: 1 };

  test("one of several always may, more only up to the percentage, the last one never", () => {
    const few = { ...plan, atMostPercent: 10 };
    expect(mayEjectOne([instance(1), instance(2), instance(3)], few)).toBe(true);
    expect(mayEjectOne([instance(1, ejected), instance(2), instance(3)], few)).toBe(false);
    expect(mayEjectOne([instance(1, ejected), instance(2), instance(3), instance(4)], plan)).toBe(true);
    expect(mayEjectOne([instance(1, ejected), instance(2)], { ...plan, atMostPercent: 100 })).toBe(false);
    expect(mayEjectOne([instance(1, { health: "down" }), instance(2)], plan)).toBe(false);
    expect(mayEjectOne([instance(1), instance(2, { listed: false })], plan)).toBe(false);
  });

  test("each time is longer than the last, up to a limit, and time served well is forgiven", () => {
    expect([1, 2, 3, 4, 5, 6].map((severity) => ejectionMs(severity, plan))).toEqual([
      10_000, 20_000, 30_000, 40_000, 45_000, 45_000,
    ]);
    const offender = instance(1, { severity: 3, returnedAt: 100_000 });
    expect(nextSeverity(offender, plan, 100_500)).toBe(4);
    expect(nextSeverity(offender, plan, 120_000)).toBe(2);
    expect(nextSeverity(offender, plan, 900_000)).toBe(1);
  });
});

describe("a health check", () => {
  const plan: HealthPlan = { path: "/", everyMs: 1, withinMs: 1, healthyAfter: 2, unhealthyAfter: 3 };

  function after(start: Instance["health"], checks: string): Instance["health"] {
    let state: Parameters<typeof judgeCheck>[0] = instance(1, { health: start });
    for (const check of checks) state = judgeCheck(state, check === "+" ? undefined : "answered 503", plan);
    return state.health;
  }

  test.each([
    ["unknown", "+", "up"],
    ["unknown", "-", "down"],
    ["up", "--", "up"],
    ["up", "--+--", "up"],
    ["up", "---", "down"],
    ["down", "+", "down"],
    ["down", "+-+", "down"],
    ["down", "++", "up"],
  ] as const)("%s, then %s, is %s", (before, checks, expected) => {
    expect(after(before, checks)).toBe(expected);
  });
});

describe("Consul's index", () => {
  test("is asked with again, and dropped when it went backwards or is none", () => {
    expect(nextIndex(0, 12)).toBe(12);
    expect(nextIndex(12, 12)).toBe(12);
    expect(nextIndex(12, 3)).toBe(0);
    expect([0, -1, Number.NaN].map((told) => nextIndex(0, told))).toEqual([0, 0, 0]);
  });
});
