import { describe, expect, test } from "@jest/globals";
import { createBuckets, explainRequest, parseRoutes, type Question, type Stage } from "../src/index.ts";

describe("why a request goes where it goes", () => {
  test.each([
    ["monolith", "monolith", null, "Stage monolith: monolith answers everybody."],
    ["shadow", "monolith", "stock", "Stage shadow: monolith answers, stock is asked too and compared."],
    ["service", "stock", null, "Stage service: stock answers everybody."],
  ] as const)("in stage %s %s answers", async (stage, answeredBy, shadow, why) => {
    expect(await explain(stage, { method: "GET", target: "/items/%37?q=1" })).toEqual({
      method: "GET",
      path: "/items/7",
      route: { id: "items", match: "* /items/:id", service: "stock" },
      stage,
      percent: null,
      customer: null,
      bucket: null,
      answeredBy,
      shadow,
      why,
    });
  });

  test("a write in stage shadow is not shadowed", async () => {
    expect(await explain("shadow", { method: "POST", target: "/items/7" })).toMatchObject({
      shadow: null,
      why: "Stage shadow: monolith answers. Only GET and HEAD are shadowed: a write sent twice is done twice.",
    });
  });

  test("in a canary the customer's bucket decides", async () => {
    const { bucket, why, answeredBy } = await explain("canary", { method: "GET", target: "/items/7", customer: "ann" });

    expect(bucket).toBe((await createBuckets())("items", "ann"));
    expect(answeredBy).toBe((bucket ?? 0) < 2_500 ? "stock" : "monolith");
    expect(why).toBe(
      `Stage canary gives 25 % of the customers (buckets below 2500) to stock; "ann" is in bucket ${bucket ?? ""}, so ${answeredBy} answers.`,
    );
  });

  test("the customer is found in the cookies as the proxy finds her", async () => {
    const byCookie = await explain("canary", {
      method: "GET",
      target: "/items/7",
      headers: { cookie: "a=1; sid=ann" },
    });
    const own = await explain("canary", {
      method: "GET",
      target: "/items/7",
      headers: { cookie: "strangler-customer=x" },
    });

    expect(byCookie.customer).toBe("ann");
    expect(own.customer).toBe("x");
  });

  test("without a customer nobody can say", async () => {
    expect((await explain("canary", { method: "GET", target: "/items/7" })).why).toContain("Name one with --customer.");
  });

  test("an override is named", async () => {
    const question = { method: "GET", target: "/items/7", headers: { "x-strangler-route": "always" } };

    expect(await explain("monolith", question)).toMatchObject({
      answeredBy: "stock",
      why: "The header x-strangler-route: always overrides stage monolith, so stock answers.",
    });
  });

  test("what no route matches, and what is refused", async () => {
    expect(await explain("service", { method: "GET", target: "/" })).toMatchObject({
      route: null,
      answeredBy: "monolith",
      why: "No route matches, and the monolith answers all that no route has taken out.",
    });
    expect(await explain("service", { method: "GET", target: "/items/../7" })).toMatchObject({
      route: null,
      answeredBy: "proxy",
      why: "The proxy refuses the request with 400: the path contains a dot segment.",
    });
  });
});

// --- internal ---

async function explain(stage: Stage, question: Question) {
  const percent = stage === "canary" ? ", percent: 25" : "";
  const snapshot = parseRoutes(
    "routes.yaml",
    `services: { monolith: { url: "http://127.0.0.1:1" }, stock: { url: "http://127.0.0.1:2" } }
sticky: { cookie: sid }
override: { header: X-Strangler-Route }
routes:
  - { id: items, match: { path: "/items/:id" }, service: stock, stage: ${stage}${percent} }
`,
  );
  return explainRequest(snapshot, question, await createBuckets());
}
