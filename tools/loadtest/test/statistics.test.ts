import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, jest, test } from "@jest/globals";
import { intervalOf } from "../src/compare/interval.ts";
import { studentQuantile } from "../src/compare/student.ts";
import { createRandom } from "../src/random.ts";
import { normal } from "./fake-run.ts";

// Thousands of simulated blocks: seconds on an idle core, a minute on one that is shared.
jest.setTimeout(180_000);

describe("a comparison on a restless machine", () => {
  for (const pairs of [6, 20]) {
    test(`of A with A says "no difference seen" in at least 95 of 100, with ${pairs} pairs`, async () => {
      const { nothing } = await simulate({ comparisons: 400, pairs, factor: 1 });

      expect(nothing / 400).toBeGreaterThanOrEqual(0.95);
    });
  }

  for (const pairs of [10, 20]) {
    test(`finds +20 % in at least 95 of 100, with ${pairs} pairs`, async () => {
      const { medianSlower } = await simulate({ comparisons: 100, pairs, factor: 1.2 });

      expect(medianSlower).toBeGreaterThanOrEqual(95);
    });
  }

  test("finds 20 % less as well as 20 % more", async () => {
    const { medianFaster } = await simulate({ comparisons: 100, pairs: 10, factor: 0.8 });

    expect(medianFaster).toBeGreaterThanOrEqual(95);
  });

  test("finds a change of the size that it says it could see in about four of five", async () => {
    const { medianSlower } = await simulate({ comparisons: 200, pairs: 10, factor: "seen" });

    expect(medianSlower / 200).toBeGreaterThan(0.7);
    expect(medianSlower / 200).toBeLessThan(0.95);
  });
});

describe("an interval from few pairs", () => {
  test("holds the truth in 95 of 100 cases, where a bootstrap alone does in 85", () => {
    const random = createRandom("coverage");
    const holds = Array.from({ length: 400 }, () => {
      const differences = Array.from({ length: 6 }, () => normal(random));
      const { low, high } = intervalOf(differences, 0.95, random);
      return low <= 0 && high >= 0;
    }).filter(Boolean).length;

    expect(holds / 400).toBeGreaterThan(0.92);
  });

  test("knows Student's t from the printed tables", () => {
    expect(studentQuantile(0.975, 1)).toBeCloseTo(12.706, 3);
    expect(studentQuantile(0.995, 5)).toBeCloseTo(4.032, 3);
    expect(studentQuantile(0.975, 19)).toBeCloseTo(2.093, 3);
    expect(studentQuantile(0.025, 10)).toBeCloseTo(-2.228, 3);
    expect(studentQuantile(0.9995, 30)).toBeCloseTo(3.646, 3);
  });
});

// --- internal ---

type Simulation = { comparisons: number; pairs: number; factor: number | "seen" };
type Counts = { nothing: number; medianFaster: number; medianSlower: number };

async function simulate({ comparisons, pairs, factor }: Simulation): Promise<Counts> {
  const program = fileURLToPath(new URL("./simulate-comparisons.ts", import.meta.url));
  const argv = ["--conditions=strangler-source", program, ...[comparisons, pairs, factor].map(String)];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  return JSON.parse(stdout) as Counts;
}
