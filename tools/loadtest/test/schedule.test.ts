import { describe, expect, test } from "@jest/globals";
import { createRandom } from "../src/random.ts";
import { arrivals } from "../src/schedule.ts";

describe("a schedule", () => {
  test("is the same for the same seed, and another for another", () => {
    const first = (seed: number) => take(100, arrivals("poisson", 50, createRandom(seed, "arrivals")));

    expect(first(1)).toEqual(first(1));
    expect(first(1)).not.toEqual(first(2));
  });

  test("that is constant brings visitors at equal distances, without adding up errors", () => {
    const times = take(100_001, arrivals("constant", 30, createRandom(1)));

    expect(times[0]).toBe(0);
    expect(times[3]).toBe(100);
    expect(times[100_000]).toBeCloseTo((100_000 / 30) * 1000, 3);
  });

  test("after Poisson has the rate that was asked, and gaps as independent people have them", () => {
    const times = take(20_001, arrivals("poisson", 100, createRandom(7)));
    const gaps = times.slice(1).map((time, index) => time - (times[index] as number));
    const longerThanMean = gaps.filter((gap) => gap > 10).length / gaps.length;

    expect((times.at(-1) as number) / 20_000).toBeCloseTo(10, 0);
    expect(longerThanMean).toBeCloseTo(Math.exp(-1), 1);
  });
});

describe("random numbers", () => {
  test("fill their range evenly, both ends included", () => {
    const random = createRandom("dice");
    const counts = new Map<number, number>();
    for (let roll = 0; roll < 60_000; roll += 1) {
      const face = random.integer(1, 6);
      counts.set(face, (counts.get(face) ?? 0) + 1);
    }

    expect([...counts.keys()].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    for (const count of counts.values()) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  test("of neighbouring seeds have nothing to do with one another", () => {
    const firsts = Array.from({ length: 1000 }, (_, seed) => createRandom(seed, "visitor").next());
    const mean = firsts.reduce((sum, value) => sum + value, 0) / 1000;
    const product = firsts
      .slice(1)
      .reduce((sum, value, index) => sum + (value - 0.5) * ((firsts[index] ?? 0) - 0.5), 0);

    expect(mean).toBeCloseTo(0.5, 1);
    expect(Math.abs(product / 999)).toBeLessThan(0.01);
  });
});

// --- internal ---

function take(count: number, times: Generator<number, never>): number[] {
  return Array.from({ length: count }, () => times.next().value);
}
