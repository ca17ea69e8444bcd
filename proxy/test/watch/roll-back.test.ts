import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import type { WatchReport } from "../../src/watch/report.ts";
import { startUpstream, type Upstream } from "../kit/upstream.ts";
import { routesText, withProxy, type TestProxy } from "../kit/with-proxy.ts";

let monolith: Upstream;
let stock: Upstream;
let failing = 0;

beforeAll(async () => {
  monolith = await startUpstream("monolith");
  let asked = 0;
  stock = await startUpstream("stock", (_request, response) => {
    asked += 1;
    response.statusCode = asked * failing - Math.floor(asked * failing) < failing ? 500 : 200;
    response.end();
  });
});
afterAll(() => Promise.all([monolith.close(), stock.close()]));

describe("a canary that turns bad", () => {
  test("goes back to the monolith by itself, and everybody can read why", () =>
    withCanary("stage: canary\npercent: 50", async (proxy) => {
      failing = 0;
      await askUntil(proxy, async () => ((await watchReport(proxy)).routes[0]?.candidate.requests ?? 0) > 100);
      expect((await watchReport(proxy)).routes).toMatchObject([{ route: "items", percent: 50, suspicion: null }]);

      failing = 0.5;
      await askUntil(proxy, async () => (await watchReport(proxy)).moves.length > 0);

      const { moves, verdicts } = await watchReport(proxy);
      expect(moves).toMatchObject([
        {
          route: "items",
          kind: "roll-back",
          before: { stage: "canary", percent: 50 },
          after: { stage: "monolith", percent: null },
          refused: null,
        },
      ]);
      expect(moves[0]?.reason).toMatch(
        /^bad: candidate failed \d+ of \d+ requests, control 0 of \d+, in \d+ s; a candidate that is no worse/,
      );
      expect(verdicts).toContainEqual({ route: "items", verdict: "bad", times: 1 });
      expect(proxy.log).toContainEqual(
        expect.objectContaining({ msg: "a canary was bad and went back to the monolith" }),
      );
      const text = await readFile(proxy.routesFile, "utf8");
      expect(text).toMatch(/stage: monolith\n\s+reached: canary/);
      const answer = await waitFor("the monolith to answer everybody", async () => {
        const sides = await ask(proxy, 20);
        return sides.every((side) => side === "monolith");
      });
      expect(answer).toBe(true);
    }));
});

// --- internal ---

function withCanary(stage: string, use: (proxy: TestProxy) => Promise<void>): Promise<void> {
  return withProxy({ routes: routesText(monolith.url, stock.url, stage) }, use);
}

async function watchReport(proxy: TestProxy): Promise<WatchReport> {
  return (await fetch(`${proxy.adminUrl}/watch`)).json() as Promise<WatchReport>;
}

async function ask(proxy: TestProxy, customers: number): Promise<string[]> {
  return Promise.all(
    Array.from({ length: customers }, async (_, customer) => {
      const answer = await fetch(`${proxy.url}/items/1`, { headers: { cookie: `sid=customer-${customer}` } });
      await answer.text();
      return answer.headers.get("x-served-by") ?? "";
    }),
  );
}

async function askUntil(proxy: TestProxy, done: () => Promise<boolean>): Promise<void> {
  await waitFor(
    "the watch to act",
    async () => {
      await ask(proxy, 50);
      return done();
    },
    { limitMs: 15_000 },
  );
}
