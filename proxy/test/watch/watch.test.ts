import { describe, expect, test } from "@jest/globals";
import { createLogger, waitFor } from "@strangler/platform";
import type { EdgeReport } from "../../src/edge.ts";
import { parseRoutes } from "../../src/index.ts";
import { startWatch, type StageMove, type Watch } from "../../src/watch/watch.ts";
import { seriesOf } from "../kit/canary-traffic.ts";
import { routesText } from "../kit/with-proxy.ts";

describe("the watch", () => {
  test("tries again at every look while the store is away, and tells of it once", () =>
    withWatch({ stage: "stage: canary\npercent: 50", failing: 0.5, refuseFirst: 3 }, async ({ watch, moves }) => {
      await waitFor("the roll-back", () => watch.report().moves.some(({ refused }) => refused === null));

      expect(moves.length).toBe(4);
      expect(watch.report().moves.map(({ kind, refused }) => [kind, refused])).toEqual([
        ["roll-back", null],
        ["roll-back", "the store is away"],
      ]);
      expect(moves[0]).toMatchObject({
        before: { stage: "canary", percent: 50 },
        after: { stage: "monolith", percent: null },
      });
    }));

  test("goes on by itself after a good verdict, and only where the route says so", async () => {
    const advance = "autoAdvance: { steps: [10, 60], everyMinutes: 0, minimumRequests: 100 }";
    await withWatch({ stage: `stage: canary\npercent: 10\n${advance}`, failing: 0 }, async ({ watch, moves }) => {
      await waitFor("the next step", () => moves.length > 0);

      expect(moves[0]).toMatchObject({ after: { stage: "canary", percent: 60 } });
      expect(moves[0]?.reason).toMatch(/^good: candidate failed 0 of/);
      expect(watch.report().moves).toMatchObject([{ kind: "advance", refused: null }]);
    });
    await withWatch({ stage: "stage: canary\npercent: 10", failing: 0 }, async ({ watch, moves }) => {
      await waitFor("a good verdict", () => watch.report().routes[0]?.verdict === "good");
      expect(moves).toEqual([]);
      expect(watch.report().routes[0]?.advance).toBeNull();
    });
  });

  test("only says what it thinks where the route wants no more", () =>
    withWatch(
      { stage: "stage: canary\npercent: 50\nwatch: { act: report }", failing: 0.5 },
      async ({ watch, moves }) => {
        await waitFor("a bad verdict", () => watch.report().routes[0]?.verdict === "bad");

        expect(moves).toEqual([]);
        expect(watch.report().routes[0]).toMatchObject({ suspicion: "errors", towardsBad: 1, rollsBack: false });
        expect(watch.report().verdicts).toContainEqual({ route: "items", verdict: "bad", times: 1 });
      },
    ));

  test.each(["stage: monolith", "stage: service", "stage: canary\npercent: 50\nwatch: false"])(
    "does not ask the edges anything on account of %j",
    (stage) =>
      withWatch({ stage, failing: 1 }, async ({ watch, asked, moves }) => {
        const from = watch.report().at;
        await waitFor("some looks to pass", () => Date.parse(watch.report().at) - Date.parse(from) > 20 * EVERY_MS);

        expect(asked()).toBe(0);
        expect(watch.report().routes).toEqual([]);
        expect(moves).toEqual([]);
      }),
  );
});

// --- internal ---

const EVERY_MS = 10;

type Scene = { stage: string; failing: number; refuseFirst?: number };
type Seen = { watch: Watch; moves: StageMove[]; asked: () => number };

// Between two looks come 100 requests of the control, all well, and 20 of the candidate.
async function withWatch(
  { stage, failing, refuseFirst = 0 }: Scene,
  use: (seen: Seen) => Promise<void>,
): Promise<void> {
  const snapshot = parseRoutes("routes.yaml", routesText("http://127.0.0.1:1", "http://127.0.0.1:2", stage));
  const moves: StageMove[] = [];
  let asked = 0;
  const watch = startWatch({
    routes: () => snapshot,
    report: async () => {
      asked += 1;
      const control = seriesOf("monolith", 100 * asked, 0);
      const candidate = seriesOf("service", 20 * asked, Math.floor(20 * asked * failing));
      return { series: [control, candidate] } as unknown as EdgeReport;
    },
    setStage: async (move) => {
      moves.push(move);
      if (moves.length <= refuseFirst) throw new Error("the store is away");
    },
    log: createLogger({ name: "watch", level: "silent" }),
    everyMs: EVERY_MS,
  });
  try {
    await use({ watch, moves, asked: () => asked });
  } finally {
    watch.close();
  }
}
