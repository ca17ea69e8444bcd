import { describe, expect, test } from "@jest/globals";
import { compare, findOverBudget, parseBudget, parseDuration, type Block } from "../src/index.ts";
import { createRandom } from "../src/random.ts";
import { asCount, asShare, chosenMs, inMs, inPercent, inPoints, perSecond } from "../src/words.ts";
import { drawLatencies, fakeRun } from "./fake-run.ts";

describe("amounts", () => {
  test("are written with as many digits as were measured", () => {
    expect([0, 0.1234, 1.234, 12.34, 123.4, 1234].map(inMs)).toEqual([
      "0 ms",
      "0.123 ms",
      "1.23 ms",
      "12.3 ms",
      "123 ms",
      "1234 ms",
    ]);
    expect([10, 4000, 2500].map(chosenMs)).toEqual(["10 ms", "4 s", "2.5 s"]);
    expect([0.2, -0.0312, 0.00042, 0].map(inPercent)).toEqual(["+20 %", "−3.1 %", "+0.04 %", "0 %"]);
    expect([inPoints(0.012), asShare(0.5), perSecond(49.04), asCount(12345)]).toEqual([
      "+1.2 pts",
      "50 %",
      "49.0/s",
      "12,345",
    ]);
  });
});

describe("a duration", () => {
  test.each([
    ["500ms", 500],
    ["10s", 10_000],
    ["2m", 120_000],
    ["1.5s", 1500],
    ["7", 7000],
  ])("%s is %d ms", (text, milliseconds) => {
    expect(parseDuration("--block", text)).toBe(milliseconds);
  });

  test.each(["", "0s", "-1s", "ten", "10h"])("%j is refused", (text) => {
    expect(() => parseDuration("--block", text)).toThrow(`--block: "${text}" is not a duration above zero`);
  });
});

describe("a budget", () => {
  test("is kept, is broken, or cannot be judged, which is not kept either", () => {
    const slower = compare(blocksOf(8, 1.3), { labels: { before: "a", after: "b" } });
    const unknown = compare(blocksOf(2, 1.3), { labels: { before: "a", after: "b" } });

    expect(findOverBudget(slower, [parseBudget("median>+10%")])).toEqual([
      expect.stringMatching(/^median: \+[23]\d % is more than the \+10 % allowed$/),
    ]);
    expect(findOverBudget(slower, [parseBudget("p50>50%"), parseBudget("errors>+0.1%")])).toEqual([]);
    expect(findOverBudget(unknown, [parseBudget("p99>+10%")])).toEqual([
      "99th percentile: could not be compared, so its budget is not kept",
    ]);
  });

  test.each(["p99", "p98>10%", "p99>10ms", "p99<10%"])("%j is refused", (text) => {
    expect(() => parseBudget(text)).toThrow(`--fail-on: "${text}" is not a budget; write "p99>+10%" with one of`);
  });
});

// --- internal ---

function blocksOf(pairs: number, factor: number): Block[] {
  const random = createRandom("budget");
  return Array.from({ length: pairs }, (_, pair): Block[] => [
    { pair, side: "before", run: fakeRun({ latenciesMs: drawLatencies(random, 400, 10) }) },
    { pair, side: "after", run: fakeRun({ latenciesMs: drawLatencies(random, 400, 10 * factor) }) },
  ]).flat();
}
