import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decide, type RequestFacts } from "../src/decide.ts";
import { parseRoutes } from "../src/routes/parse.ts";
import { STAGES, type Stage } from "../src/routes/stages.ts";

const READ: RequestFacts = { method: "GET", path: "/items/7", bucket: undefined, override: undefined };
const WRITE: RequestFacts = { ...READ, method: "POST" };

describe("who answers", () => {
  test("the monolith answers what no route matches", () => {
    expect(decide(table("service"), { ...READ, path: "/elsewhere" })).toEqual({
      side: "monolith",
      answeredBy: "monolith",
      shadow: undefined,
      because: "no route",
    });
  });

  test.each([
    ["monolith", "monolith", undefined],
    ["shadow", "monolith", "stock"],
    ["service", "stock", undefined],
  ] as const)("in stage %s a read is answered by %s, and compared with %s", (stage, answeredBy, shadow) => {
    expect(decide(table(stage), READ)).toMatchObject({ answeredBy, shadow, because: "stage" });
  });

  test("a write is never shadowed: sent twice it is done twice", () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      expect(decide(table("shadow"), { ...READ, method })).toMatchObject({ answeredBy: "monolith", shadow: undefined });
    }
    expect(decide(table("shadow"), { ...READ, method: "HEAD" })).toMatchObject({ shadow: "stock" });
  });

  test.each([
    [0, 0, "monolith"],
    [10, 999, "stock"],
    [10, 1000, "monolith"],
    [0.01, 0, "stock"],
    [0.01, 1, "monolith"],
    [0.29, 28, "stock"],
    [0.29, 29, "monolith"],
    [100, 9999, "stock"],
  ])("in canary at %d percent, bucket %d is answered by %s", (percent, bucket, answeredBy) => {
    expect(decide(table("canary", percent), { ...READ, bucket })).toMatchObject({ answeredBy, because: "share" });
  });

  test("in canary, a request of nobody in particular goes to the monolith", () => {
    expect(decide(table("canary", 100), READ).answeredBy).toBe("monolith");
  });

  test("never keeps a tester at the monolith in every stage", () => {
    for (const stage of ["monolith", "shadow", "canary", "service"] as const) {
      const decision = decide(table(stage, 100), { ...READ, bucket: 0, override: "never" });

      expect(decision).toMatchObject({ answeredBy: "monolith", shadow: undefined, because: "override" });
    }
  });

  test("always shows a tester the service in every stage", () => {
    for (const stage of ["monolith", "shadow", "canary", "service"] as const) {
      const decision = decide(table(stage, 0), { ...READ, bucket: 9999, override: "always" });

      expect(decision).toMatchObject({ answeredBy: "stock", because: "override" });
    }
  });

  test("always does not let a tester write to a service that has no customers yet", () => {
    expect(decide(table("monolith"), { ...WRITE, override: "always" }).answeredBy).toBe("monolith");
    expect(decide(table("shadow"), { ...WRITE, override: "always" }).answeredBy).toBe("monolith");
    expect(decide(table("canary", 0), { ...WRITE, override: "always" }).answeredBy).toBe("stock");
  });
});

describe("in a canary, a customer who has just written", () => {
  const WROTE: RequestFacts = { ...READ, bucket: 0, ownWrite: true };

  test("is read from the monolith", () => {
    expect(decide(table("canary", 10), WROTE)).toMatchObject({ answeredBy: "monolith", because: "own write" });
    expect(decide(table("canary", 10), { ...WROTE, bucket: 1_000 })).toMatchObject({ because: "share" });
  });

  test("is still shown what a tester asked for", () => {
    expect(decide(table("canary", 10), { ...WROTE, override: "always" }).answeredBy).toBe("stock");
  });

  test("is read from the service once all customers are", () => {
    expect(decide(table("service"), WROTE).answeredBy).toBe("stock");
  });
});

describe("whatever is asked", () => {
  const method = fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
  const facts = fc.record({
    method,
    path: fc.constantFrom("/items/7", "/items", "/elsewhere"),
    bucket: fc.option(fc.integer({ min: 0, max: 9_999 }), { nil: undefined }),
    override: fc.constantFrom(undefined, "always" as const, "never" as const),
    ownWrite: fc.boolean(),
  });
  const stage = fc.constantFrom(...STAGES);
  const percent = fc.integer({ min: 0, max: 10_000 }).map((share) => share / 100);

  test("there is one answer, the same every time, and never a shadowed write", () => {
    fc.assert(
      fc.property(stage, percent, facts, (current, share, asked) => {
        const routes = table(current, share);
        const decision = decide(routes, asked);

        expect(decide(routes, asked)).toEqual(decision);
        expect(decision.answeredBy).toBe(decision.side === "service" ? "stock" : "monolith");
        if (decision.shadow !== undefined) expect(["GET", "HEAD"]).toContain(asked.method);
        if (asked.path === "/elsewhere") expect(decision.because).toBe("no route");
      }),
      { numRuns: 500 },
    );
  });

  test("going on a stage, or raising the share, takes nobody back to the monolith", () => {
    const later = fc.tuple(stage, percent, stage, percent).filter(([from, low, to, high]) => {
      const [before, after] = [STAGES.indexOf(from), STAGES.indexOf(to)];
      return before < after || (before === after && low <= high);
    });
    fc.assert(
      fc.property(later, facts, ([from, low, to, high], asked) => {
        const before = decide(table(from, low), asked);
        const after = decide(table(to, high), asked);

        if (before.side === "service") expect(after.side).toBe("service");
      }),
      { numRuns: 500 },
    );
  });

  test("never keeps a request with the monolith, always brings a read to the service", () => {
    fc.assert(
      fc.property(stage, percent, facts, (current, share, asked) => {
        const routes = table(current, share);
        const known = { ...asked, path: "/items/7" };

        expect(decide(routes, { ...known, override: "never" }).side).toBe("monolith");
        expect(decide(routes, { ...known, method: "GET", override: "always" }).side).toBe("service");
      }),
    );
  });
});

// --- internal ---

function table(stage: Stage, percent = 0) {
  const share = stage === "canary" ? `, percent: ${percent}` : "";
  return parseRoutes(
    "routes.yaml",
    `services: { monolith: { url: "http://127.0.0.1:1" }, stock: { url: "http://127.0.0.1:2" } }
routes:
  - { id: items, match: { path: /items/:id }, service: stock, stage: ${stage}${share} }
`,
  ).table;
}
