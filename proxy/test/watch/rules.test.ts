import { describe, expect, test } from "@jest/globals";
import { parseRoutes, type Route } from "../../src/index.ts";
import { routesText } from "../kit/with-proxy.ts";

describe("a route's watch", () => {
  test("is on unless it says otherwise, with rules that suit most", () => {
    expect(route("stage: canary\npercent: 5").watch).toMatchObject({
      kinds: [{ fault: "errors", margin: 0.001, goodMargin: 0.005 }, { fault: "latency" }, { fault: "latency" }],
      clientErrors: false,
      slower: { times: 1.5, ms: 10 },
      falseAlarmHours: 250,
      rollsBack: true,
    });
    expect(route("stage: canary\npercent: 5\nwatch: false").watch).toBeUndefined();
    expect(route("stage: canary\npercent: 5").autoAdvance).toBeUndefined();
  });

  test("spends all its false alarms, whatever it looks for", () => {
    for (const watch of ["", "\nwatch: { latency: false }"]) {
      const kinds = route(`stage: canary\npercent: 5${watch}`).watch?.kinds ?? [];
      const shares = kinds.flatMap(({ bets }) => bets.map(({ share }) => share));
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    }
  });

  test.each([
    ["watch: { errors: { worseBy: 0 } }", /worseBy/],
    ["watch: { act: rollback }", /act/],
    ["autoAdvance: { steps: [10, 10] }", /the steps rise: 1, 10, 50, 100/],
    [
      "watch: false\nautoAdvance: {}",
      /route "items" would never go on: it waits for a good verdict, and its watch is off/,
    ],
  ])("is refused where it makes no sense: %j", (rule, complaint) => {
    expect(() => route(`stage: canary\npercent: 5\n${rule}`)).toThrow(complaint);
  });
});

// --- internal ---

function route(stage: string): Route {
  const [only] = parseRoutes("routes.yaml", routesText("http://127.0.0.1:1", "http://127.0.0.1:2", stage)).routes;
  if (only === undefined) throw new Error("the file has one route");
  return only;
}
