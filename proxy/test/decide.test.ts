import { describe, expect, test } from "@jest/globals";
import { createBuckets, decide, parseRoutes, type RequestFacts, type Stage } from "../src/index.ts";

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

describe("a customer's bucket", () => {
  test("is the same on every machine: known values of xxHash32", async () => {
    const bucketOf = await createBuckets();

    // Published: XXH32("", 0) = 0x02CC5D05, XXH32("abc", 0) = 0x32D153FF.
    expect(bucketOf("", "")).toBe(0x02cc5d05 % 10_000);
    expect(bucketOf("a", "bc")).toBe(0x32d153ff % 10_000);
    expect(bucketOf("items", "Zoë")).toBe(bucketOf("items", "Zoë"));
  });

  test("every share is met within 0.3 percentage points over 100,000 customers", async () => {
    const bucketOf = await createBuckets();
    const buckets = Array.from({ length: 100_000 }, (_, customer) => bucketOf("items", `customer-${customer}`));

    for (const percent of [1, 5, 10, 25, 50, 90]) {
      const inside = buckets.filter((bucket) => bucket < percent * 100).length;

      expect(Math.abs(inside / 1_000 - percent)).toBeLessThan(0.3);
    }
  });

  test("raising the share moves nobody back", async () => {
    const bucketOf = await createBuckets();
    const ramp = [0.5, 1, 5, 10, 25, 50, 99.99, 100].map((percent) => table("canary", percent));

    for (let customer = 0; customer < 20_000; customer += 1) {
      const bucket = bucketOf("items", `customer-${customer}`);
      const sides = ramp.map((routes) => decide(routes, { ...READ, bucket }).side);

      expect(sides.join()).toMatch(/^(monolith,)*(service,)*service$/);
    }
  });

  test("who is early on one route is not therefore early on another", async () => {
    const bucketOf = await createBuckets();
    const customers = Array.from({ length: 20_000 }, (_, customer) => `customer-${customer}`);
    const early = customers.filter((customer) => bucketOf("items", customer) < 1_000);
    const earlyOnBoth = early.filter((customer) => bucketOf("pages", customer) < 1_000);

    expect(earlyOnBoth.length / early.length).toBeGreaterThan(0.05);
    expect(earlyOnBoth.length / early.length).toBeLessThan(0.15);
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
