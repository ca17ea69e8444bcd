import { describe, expect, test } from "@jest/globals";
import { bucketOf } from "../src/customer/hash.ts";
import { createKeyring } from "../src/customer/keyring.ts";
import { signOverride } from "../src/customer/override.ts";
import { explainRequest, type ExplainKnowledge, type Question } from "../src/explain.ts";
import { formatMark } from "../src/own-writes/mark.ts";
import { parseRoutes } from "../src/routes/parse.ts";
import type { Stage } from "../src/routes/stages.ts";

describe("why a request goes where it goes", () => {
  test.each([
    ["monolith", "monolith", null, "Stage monolith: monolith answers everybody."],
    ["shadow", "monolith", "stock", "Stage shadow: monolith answers, stock is asked too and compared."],
    ["service", "stock", null, "Stage service: stock answers everybody."],
  ] as const)("in stage %s %s answers", (stage, answeredBy, shadow, why) => {
    expect(explain(stage, { method: "GET", target: "/items/%37?q=1" })).toEqual({
      method: "GET",
      path: "/items/7",
      route: { id: "items", match: "* /items/:id", service: "stock" },
      passedOver: [
        { id: "beta", why: "wants x-beta: 1, ?preview" },
        { id: "item-post", why: "wants POST" },
      ],
      stage,
      percent: null,
      customer: null,
      customerBy: null,
      bucket: null,
      override: null,
      ownWrite: null,
      because: "stage",
      answeredBy,
      shadow,
      why,
    });
  });

  test("a write in stage shadow is not shadowed", () => {
    expect(explain("shadow", { method: "PUT", target: "/items/7" })).toMatchObject({
      shadow: null,
      why: "Stage shadow: monolith answers. Only GET and HEAD are shadowed: a write sent twice is done twice.",
    });
  });

  test("in a canary the customer's bucket decides", () => {
    const { bucket, why, answeredBy } = explain("canary", { method: "GET", target: "/items/7", customer: "ann" });

    expect(bucket).toBe(bucketOf("xxh32-mod", "items", "ann"));
    expect(answeredBy).toBe((bucket ?? 0) < 2_500 ? "stock" : "monolith");
    expect(why).toBe(
      `Stage canary gives 25 % of the customers (buckets below 2500) to stock; "ann" is in bucket ${bucket ?? ""}, so ${answeredBy} answers.`,
    );
  });

  test("the customer is found in the cookies as the proxy finds her", () => {
    const byCookie = explain("canary", {
      method: "GET",
      target: "/items/7",
      headers: { cookie: "a=1; sid=ann" },
    });
    const name = "A".repeat(22);
    const signed = `${name}.${KEYRING.sign("customer", name)}`;
    const own = (value: string) =>
      explain("canary", { method: "GET", target: "/items/7", headers: { cookie: `strangler-customer=${value}` } });

    expect(byCookie).toMatchObject({ customer: "ann", customerBy: "the cookie sid" });
    expect(own(signed)).toMatchObject({ customer: signed, customerBy: "the cookie strangler-customer" });
    expect(own(name)).toMatchObject({ customer: null, answeredBy: "monolith" });
  });

  test("headers and query choose the route, claims and the address the customer", () => {
    const found = explain("canary", {
      method: "GET",
      target: "/items/7?preview=yes",
      headers: { "x-beta": "1" },
      claims: { sub: "zoë" },
      address: "10.0.0.1",
    });
    const byAddress = explain("canary", {
      method: "GET",
      target: "/items/7?preview",
      headers: { "x-beta": "1" },
      address: "10.0.0.1",
    });

    expect(found).toMatchObject({ route: { id: "beta" }, customer: "zoë", customerBy: "the claim sub" });
    expect(found.bucket).toBe(bucketOf("murmur2-range", "beta", Buffer.from("zoë").toString("latin1")));
    expect(byAddress).toMatchObject({ customer: "10.0.0.1", customerBy: "the address" });
  });

  test("without a customer nobody can say", () => {
    expect(explain("canary", { method: "GET", target: "/items/7" }).why).toContain("Name one with --customer.");
  });

  test("an override is named, and why it does not count", () => {
    const value = signOverride({ choice: "always", until: 2_000, route: undefined }, KEYRING);
    const question = { method: "GET", target: "/items/7", headers: { "x-strangler-route": value } };

    expect(explain("monolith", question, { now: () => 1_999_000 })).toMatchObject({
      answeredBy: "stock",
      because: "override",
      why: "The header x-strangler-route: always overrides stage monolith, so stock answers.",
    });
    expect(explain("monolith", question, { now: () => 2_000_000 })).toMatchObject({
      answeredBy: "monolith",
      override: { where: "the header x-strangler-route", choice: null, problem: "expired" },
      why: "Stage monolith: monolith answers everybody. The header x-strangler-route does not count: it is expired.",
    });
  });

  test("an own write is named, and what it waits for", () => {
    const positions = new Map([["stock", "00000000000000ff"]]);
    const headers = { cookie: `strangler-writes=${formatMark({ at: 1_000, positions }, KEYRING)}` };
    const question = { method: "GET", target: "/items/7", customer: EARLY, headers };
    const at = (applied: string | undefined) => ({ now: () => 2_000, appliedOf: () => applied });

    expect(explain("canary", question, at("00000000000000fe"))).toMatchObject({
      answeredBy: "monolith",
      because: "own write",
      ownWrite: { held: true, stream: "stock", position: "00000000000000ff", applied: "00000000000000fe" },
      why: expect.stringContaining(
        "she has just written through the monolith, and the stream stock has applied only what lies before 00000000000000fe (she waits for 00000000000000ff), so monolith answers.",
      ) as unknown,
    });
    expect(explain("canary", question, at("00000000000000ff"))).toMatchObject({
      answeredBy: "stock",
      because: "share",
      ownWrite: { held: false },
    });
  });

  test("what no route matches, and what is refused", () => {
    expect(explain("service", { method: "GET", target: "/" })).toMatchObject({
      route: null,
      answeredBy: "monolith",
      why: "No route matches, and the monolith answers all that no route has taken out.",
    });
    expect(explain("service", { method: "GET", target: "/items/../7" })).toMatchObject({
      route: null,
      answeredBy: "proxy",
      why: "The proxy refuses the request with 400: the path contains a dot segment.",
    });
  });
});

// --- internal ---

const KEYRING = createKeyring(["a-secret-that-signs-what-testers-carry"]);

// A customer whom a quarter includes.
const EARLY =
  Array.from({ length: 100 }, (_, n) => `c${n}`).find((key) => bucketOf("xxh32-mod", "items", key) < 2_500) ?? "";

function explain(stage: Stage, question: Question, knowledge: ExplainKnowledge = {}) {
  const percent = stage === "canary" ? ", percent: 25" : "";
  const snapshot = parseRoutes(
    "routes.yaml",
    `services: { monolith: { url: "http://127.0.0.1:1" }, stock: { url: "http://127.0.0.1:2" } }
sticky: { cookie: sid }
override: { header: X-Strangler-Route }
streams: { stock: { url: "http://127.0.0.1:3" } }
routes:
  - { id: items, match: { path: "/items/:id" }, service: stock, stage: ${stage}${percent}, ownWrites: { stream: stock } }
  - id: beta
    match: { path: "/items/:id", headers: { x-beta: "1" }, query: { preview: true } }
    service: stock
    stage: ${stage}${percent.replace(",", "\n   ")}
    hash: murmur2-range
    keys: [{ claim: sub }, { address: true }]
  - { id: item-post, match: { path: "/items/:id", methods: [POST], headers: { x-beta: "1" }, query: { preview: true } }, service: stock, stage: monolith }
`,
  );
  return explainRequest(
    snapshot,
    question,
    stage === "canary" || "now" in knowledge ? { keyring: KEYRING, ...knowledge } : {},
  );
}
