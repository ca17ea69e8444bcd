import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { findUnfitness, parseScenario, ScenarioSetupFailedError, startLoad, type LoadOptions } from "../src/index.ts";
import { json, startStub, type StubServer } from "./stub-server.ts";

let server: StubServer;
afterEach(() => server.close());

describe("a visitor", () => {
  test("carries cookies and saved values from one step to the next", async () => {
    server = await startStub(({ method, url }, response) => {
      if (method === "POST")
        json(response, { id: 7, items: [{ sku: "a" }] }, { "set-cookie": ["sid=s1; Path=/", "x=1"] });
      else json(response, { asked: url });
    });

    await runOf(`
      - { name: fill, method: POST, path: /cart, json: { product: 3, note: "{{saved.colour}}" }, save: { cart: { json: id } } }
      - { name: look, path: "/cart/{{saved.cart}}", expect: { json: { asked: "/cart/7" } } }
      - { name: pay, method: POST, path: /pay, form: { cart: "{{saved.cart}}", text: a b } }
    `);

    const [fill, look, pay] = server.seen;
    expect(JSON.parse(fill?.body ?? "")).toEqual({ product: 3, note: "red" });
    expect(fill?.headers).toMatchObject({ "content-type": "application/json", "user-agent": "test" });
    expect(look).toMatchObject({ url: "/cart/7", headers: { cookie: "sid=s1; x=1" } });
    expect(pay).toMatchObject({
      body: "cart=7&text=a+b",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
  });

  test("has cookies of her own", async () => {
    let sessions = 0;
    server = await startStub(({ headers }, response) => {
      if (headers.cookie === undefined) json(response, {}, { "set-cookie": `sid=${(sessions += 1)}` });
      else json(response, { sid: headers.cookie });
    });

    await runOf("- { name: one, path: / }\n      - { name: two, path: / }", { rate: 50, durationMs: 400 });

    const sent = server.seen.flatMap(({ headers }) => headers.cookie ?? []);
    expect(sent.length).toBeGreaterThan(5);
    expect(new Set(sent).size).toBe(sent.length);
  });

  test("follows a saved Location at the address under test, whatever host it names", async () => {
    server = await startStub(({ method }, response) => {
      if (method === "POST") response.writeHead(303, { location: "https://shop.example/orders/9?new=1" }).end();
      else response.end("order 9");
    });

    const run = await runOf(`
      - { name: place, method: POST, path: /orders, expect: { status: 303 }, save: { to: { header: location } } }
      - { name: see, path: "{{saved.to}}", expect: { text: order 9 } }
    `);

    expect(run.failures).toEqual([]);
    expect(server.seen[1]?.url).toBe("/orders/9?new=1");
  });

  test("leaves at the first failure, which is named with its time, step, status, server, request and reason", async () => {
    server = await startStub((_request, response) => {
      response.writeHead(502, { "x-served-by": "left", "x-request-id": "r-1" }).end("no upstream");
    });

    const run = await runOf(
      "- { name: one, path: /a }\n      - { name: two, path: /b }\n      - { name: three, path: /c }",
    );

    expect(run.requests).toEqual({ scheduled: 1, started: 1, finished: 1, correct: 0, failed: 1, notReached: 2 });
    expect(run.visitors).toEqual({ arrived: 1, finished: 0, left: 1, turnedAway: 0 });
    expect(run.servedBy).toEqual({ left: 1 });
    expect(run.failures).toEqual([
      {
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        atMs: expect.any(Number),
        visitor: "v",
        visitorNumber: 0,
        step: "one",
        method: "GET",
        path: "/a",
        status: 502,
        kind: "status",
        reason: "status 502 instead of 200 (it begins: no upstream)",
        servedBy: "left",
        requestId: "r-1",
        latencyMs: expect.any(Number),
      },
    ]);
  });

  test("fails when the content is wrong, though the status is right", async () => {
    server = await startStub((_request, response) => json(response, { total: 0 }));

    const run = await runOf("- { name: one, path: /, expect: { json: { total: { min: 1 } } } }");

    expect(run.failures).toMatchObject([{ kind: "check", status: 200, reason: "total: 0 is below 1" }]);
  });

  test("fails when nobody answers, or the answer breaks off", async () => {
    server = await startStub((_request, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half");
      response.destroy();
    });

    const run = await runOf("- { name: one, path: / }");

    expect(run.requests).toMatchObject({ finished: 0, correct: 0, failed: 1 });
    expect(run.failures).toMatchObject([{ kind: "transport", status: null, servedBy: null }]);
  });

  test("gives up when the server keeps her waiting too long", async () => {
    server = await startStub(() => undefined);

    const run = await runOf("- { name: one, path: / }", { timeoutMs: 300 });

    expect(run.failures).toMatchObject([{ kind: "transport" }]);
    expect(run.failures[0]?.reason).toMatch(/timeout/i);
  });
});

describe("a load", () => {
  const SHOP = `
      - { name: list, path: "/list?page={{int 1 1000}}", thinkMs: [0, 20] }
      - { name: item, path: "/item/{{choice a b c}}" }
  `;

  test("asks for the same things at the same times with the same seed", async () => {
    server = await startStub((_request, response) => json(response, {}));
    const asked = async (seed: number) => {
      const before = server.seen.length;
      await runOf(SHOP, { rate: 60, durationMs: 400, seed });
      return server.seen
        .slice(before)
        .map(({ url }) => url)
        .sort();
    };

    const [first, again, other] = [await asked(5), await asked(5), await asked(6)];

    expect(first.length).toBeGreaterThan(10);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  test("makes the setup requests once and fills values and data size from them", async () => {
    server = await startStub((_request, response) => json(response, { total: 12, items: [{ id: 4 }] }));

    const run = await runOf('- { name: one, path: "/{{setup.id}}" }', { rate: 50, durationMs: 200 }, "total");

    expect(server.seen.filter(({ url }) => url === "/setup")).toHaveLength(1);
    expect(server.seen.at(-1)?.url).toBe("/4");
    expect(run.circumstances.dataSize).toEqual({ things: "12" });
  });

  test("does not begin when a setup request is not answered as expected", async () => {
    server = await startStub((_request, response) => json(response, {}));

    const refused = runOf("- { name: one, path: / }", {}, "total");

    await expect(refused).rejects.toThrow(ScenarioSetupFailedError);
    await expect(refused).rejects.toThrow(/"learn" \(\/setup\).*nothing to save at total/);
  });

  test("can be looked at while it goes on, and stopped when one has seen enough", async () => {
    server = await startStub((_request, response) => json(response, {}, { "x-served-by": "stub" }));
    const load = await startLoad(optionsFor("- { name: one, path: / }", { rate: 100 }));

    const snapshot = await waitFor("ten answers", async () => {
      const now = await load.snapshot();
      return now.requests.correct >= 10 && now;
    });
    const run = await load.stop();

    expect(snapshot.servedBy["stub"]).toBe(snapshot.requests.finished);
    expect(snapshot.latency.p50Ms).toBeGreaterThan(0);
    expect(run.requests.correct).toBeGreaterThanOrEqual(snapshot.requests.correct);
    expect(run.requests.correct).toBe(run.requests.scheduled);
    expect(await load.stop()).toEqual(run);
  });

  test("that has to queue for connections counts who waited", async () => {
    server = await startStub(async (_request, response) => {
      await pause(100);
      json(response, {});
    });

    const run = await runOf("- { name: one, path: / }", {
      rate: 100,
      arrivals: "constant",
      durationMs: 300,
      connections: 2,
    });

    expect(run.generator.queued).toBeGreaterThan(10);
    expect(run.latency.maxMs).toBeGreaterThan(500);
  });

  test("turns visitors away when too many wait, says so, and counts them as failed", async () => {
    server = await startStub(async (_request, response) => {
      await pause(300);
      json(response, {});
    });

    const run = await runOf("- { name: one, path: / }", {
      rate: 100,
      arrivals: "constant",
      durationMs: 200,
      maxVisitors: 5,
    });

    expect(run.visitors).toMatchObject({ arrived: 5, turnedAway: 15 });
    expect(run.requests).toMatchObject({ scheduled: 20, started: 5, failed: 15 });
    expect(findUnfitness(run)).toEqual(["15 visitors were turned away, too many were still waiting for answers"]);
  });

  test("in which the generator was late beyond its bound says that it cannot be relied on", async () => {
    server = await startStub((_request, response) => json(response, {}));

    const run = await runOf("- { name: one, path: / }", { rate: 100, durationMs: 300, latenessLimitMs: 0.000001 });

    expect(findUnfitness(run)[0]).toMatch(
      /^the generator was late itself: 1 in 100 requests left .* ms or more after its time/,
    );
  });

  test("fails, and does not hang, when the generator itself breaks", async () => {
    server = await startStub((_request, response) => json(response, {}));
    const options = optionsFor("- { name: one, path: / }", {});
    const broken = { ...options, scenario: { ...options.scenario, setup: undefined as never } };

    await expect(startLoad(broken)).rejects.toThrow("not iterable");
  });

  test.each([
    [{ rate: 0 }, "rate: 0 is not a number above zero"],
    [{ rate: Number.NaN }, "rate: NaN is not a number above zero"],
    [{ durationMs: -1 }, "duration: -1 is not a number above zero"],
    [{ baseUrl: "shop" }, 'url: "shop" is not an address'],
  ])("refuses %j", async (options, complaint) => {
    server = await startStub((_request, response) => json(response, {}));

    await expect(startLoad(optionsFor("- { name: one, path: / }", options))).rejects.toThrow(complaint);
  });
});

// --- internal ---

function optionsFor(steps: string, options: Partial<LoadOptions>, learned?: string): LoadOptions {
  const setup = `
setup: [{ name: learn, path: /setup, save: { total: { json: total }, id: { json: "items[*].id", pick: all } } }]
dataSize: { things: "{{setup.total}}" }`;
  const scenario = parseScenario(
    "test.yaml",
    `name: test
headers: { user-agent: test }${learned === undefined ? "" : setup}
visitors:
  - name: v
    weight: 1
    let: { colour: "{{choice red}}" }
    steps:
      ${steps.trim()}
`,
  );
  return { scenario, baseUrl: server.url, rate: 20, seed: 1, latenessLimitMs: 500, ...options };
}

/** One visitor, unless a rate and a duration bring more. */
async function runOf(steps: string, options: Partial<LoadOptions> = {}, learned?: string) {
  const amount = options.durationMs === undefined ? { oneOfEach: true } : {};
  const load = await startLoad(optionsFor(steps, { ...amount, ...options }, learned));
  return load.done;
}
