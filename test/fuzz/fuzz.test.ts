import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { ENGINE_NAMES } from "@strangler/proxy";
import { fuzzAnswer } from "./answers.ts";
import { createRandom } from "./random.ts";
import { fuzzRequest } from "./requests.ts";
import { fuzz } from "./run.ts";

const out = path.join(tmpdir(), "strangler-fuzz-failures");

describe("3,000 fuzzed pairs of request and answer", () => {
  // The long run is `npm run fuzz`; this one has a seed of its own and takes a few seconds.
  test.each(ENGINE_NAMES)(
    "do no harm to the engine %s",
    async (engine) => {
      const report = await fuzz({ engine, pairs: 3_000, seed: 2_026, out });

      expect(report.failures).toEqual([]);
      expect(report.pairs).toBe(3_000);
      // Most of them are let through and answered; else they would prove little.
      expect(report.forwarded).toBeGreaterThan(1_500);
      expect(report.answered).toBeGreaterThan(2_000);
    },
    120_000,
  );
});

test("a pair can be played again from its seed and number", () => {
  const once = fuzzRequest(createRandom(1, 77), 77);
  expect(fuzzRequest(createRandom(1, 77), 77)).toEqual(once);
  expect(fuzzRequest(createRandom(2, 77), 77)).not.toEqual(once);
  expect(fuzzAnswer(createRandom(~1, 77), 77, "GET")).toEqual(fuzzAnswer(createRandom(~1, 77), 77, "GET"));
});
