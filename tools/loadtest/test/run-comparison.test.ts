import { afterEach, describe, expect, test } from "@jest/globals";
import {
  AnswersNotCorrectError,
  parseScenario,
  runComparison,
  type ComparisonOptions,
  type Progress,
} from "../src/index.ts";
import { blockOrder } from "../src/compare/run-comparison.ts";
import { json, startStub, type StubServer } from "./stub-server.ts";

const scenario = parseScenario(
  "test.yaml",
  `
name: test
visitors:
  - { name: often, weight: 99, steps: [{ name: page, path: "/page/{{int 1 1000}}", expect: { json: { ok: true } } }] }
  - { name: seldom, weight: 1, steps: [{ name: form, path: /form, expect: { json: { ok: true } } }] }
`,
);

let server: StubServer;
let answering = "nobody";

describe("blocks", () => {
  test("take turns in who is first: before, after, after, before", () => {
    const order = blockOrder(3).map(({ pair, side }) => `${pair} ${side}`);

    expect(order).toEqual(["0 before", "0 after", "1 after", "1 before", "2 before", "2 after"]);
  });
});

describe("a comparison of a running system", () => {
  afterEach(() => server.close());

  test("proves both sides, switches between blocks, and brings both the same visitors", async () => {
    server = await startStub((_request, response) => json(response, { ok: true }, { "x-served-by": answering }));
    const told: string[] = [];

    const comparison = await runComparison(
      optionsWith({ onProgress: (event) => void told.push(tell(event)), notes: { routes: "page" } }),
    );

    expect(told).toEqual([
      "proving new",
      "proving old",
      ...["warming up old", "measuring old", "measured old"],
      ...["warming up new", "measuring new", "measured new"],
      ...["measuring new", "measured new"],
      ...["warming up old", "measuring old", "measured old"],
      ...["measuring old", "measured old"],
      ...["warming up new", "measuring new", "measured new"],
    ]);
    expect(Object.keys(comparison.sides.before.servedBy)).toEqual(["old"]);
    expect(Object.keys(comparison.sides.after.servedBy)).toEqual(["new"]);
    expect(comparison.sides.before.requests).toBe(comparison.sides.after.requests);
    expect(comparison.circumstances).toMatchObject({
      scenario: "test",
      rate: 60,
      blockMs: 300,
      notes: { routes: "page" },
    });
    expect(comparison.blocks.map(({ run }) => run.seed)).toEqual([7, 7, 8, 8, 9, 9]);
  });

  test("refuses to measure a side whose answers are wrong, even where visitors seldom go", async () => {
    server = await startStub(({ url }, response) => json(response, { ok: !(answering === "new" && url === "/form") }));

    const refused = runComparison(optionsWith({}));

    await expect(refused).rejects.toThrow(AnswersNotCorrectError);
    await expect(refused).rejects.toThrow(
      'Nothing was compared: with "new" answering, 1 of the scenario\'s steps failed, first "form" (GET /form): ok: false instead of true.',
    );
  });

  test("ends early when told so", async () => {
    server = await startStub((_request, response) => json(response, { ok: true }));
    const controller = new AbortController();
    const onProgress = ({ what }: Progress) => {
      if (what === "measuring") controller.abort(new Error("enough"));
    };

    const ended = runComparison(optionsWith({ blockMs: 60_000, signal: controller.signal, onProgress }));

    await expect(ended).rejects.toThrow("enough");
  });

  test("passes on why a side could not be made to answer", async () => {
    server = await startStub((_request, response) => json(response, { ok: true }));
    const sides = {
      ...optionsWith({}).sides,
      after: { label: "new", prepare: () => Promise.reject(new Error("locked")) },
    };

    await expect(runComparison(optionsWith({ sides }))).rejects.toThrow("locked");
  });

  test("needs at least one pair", async () => {
    server = await startStub((_request, response) => json(response, { ok: true }));

    await expect(runComparison(optionsWith({ pairs: 0 }))).rejects.toThrow("pairs: 0 is not a number above zero");
  });
});

// --- internal ---

function optionsWith(options: Partial<ComparisonOptions>): ComparisonOptions {
  const side = (label: string) => ({
    label,
    prepare: async () => {
      answering = label;
    },
  });
  return {
    scenario,
    baseUrl: server.url,
    rate: 60,
    seed: 7,
    pairs: 3,
    blockMs: 300,
    warmUpMs: 100,
    latenessLimitMs: 1000,
    sides: { before: side("old"), after: side("new") },
    ...options,
  };
}

function tell(event: Progress): string {
  return `${event.what} ${event.label}`;
}
