import { describe, expect, test } from "@jest/globals";
import { askManyTimes } from "../src/contexts/answers.ts";
import { findMedian } from "../src/contexts/median.ts";
import type { WeightedEdge } from "../src/contexts/network.ts";

/** A chain: whoever stands beside each other is tied. */
function chain(size: number): WeightedEdge[] {
  return Array.from({ length: size - 1 }, (_, a) => ({ a, b: a + 1, weight: 1 }));
}

function median(edges: readonly WeightedEdge[], ...answers: number[][]): { labels: number[]; confidence: number[] } {
  const { labels, confidence } = findMedian(
    answers[0]?.length ?? 0,
    edges,
    answers.map((answer) => Int32Array.from(answer)),
  );
  return { labels: [...labels], confidence: [...confidence] };
}

describe("the median of many answers", () => {
  test("is the answer where all agree, whatever they call the groups", () => {
    const { labels, confidence } = median(chain(4), [0, 0, 1, 1], [1, 1, 0, 0], [0, 0, 1, 1]);

    expect(labels).toEqual([0, 0, 1, 1]);
    expect(confidence).toEqual([1, 1, 1, 1]);
  });

  test("goes with the majority, and is less sure there", () => {
    const { labels, confidence } = median(chain(5), [0, 0, 0, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 1, 1]);

    expect(labels).toEqual([0, 0, 0, 1, 1]);
    expect(confidence[2]).toBeLessThan(1);
    expect(confidence[2]).toBeLessThan(confidence[0] ?? 0);
    expect(confidence[3]).toBe(1);
  });

  test("leaves alone what no two answers put in one place", () => {
    expect(median(chain(5), [0, 0, 0, 1, 1], [0, 0, 1, 2, 2], [0, 0, 1, 2, 2], [0, 0, 1, 1, 1]).labels).toEqual([
      0, 0, 1, 2, 2,
    ]);
  });

  test("of an empty graph is empty", () => {
    expect(findMedian(0, [], [new Int32Array()]).labels).toHaveLength(0);
  });
});

test("a tie less changes no answer about the rest", () => {
  const edges = [0, 6].flatMap((first) =>
    [0, 1, 2, 3, 4].flatMap((a) =>
      Array.from({ length: 5 - a }, (_, step) => ({ a: first + a, b: first + a + step + 1, weight: 1_000 })),
    ),
  );
  const options = { answers: 8, resolution: 1 };
  const whole = askManyTimes(12, edges, options);

  expect(askManyTimes(12, edges.slice(1), options)).toEqual(whole);
});
