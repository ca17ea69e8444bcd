import { describe, expect, test } from "@jest/globals";
import { createRest } from "../../src/shadow/rest.ts";

describe("a candidate that gives no answers", () => {
  test("is asked as ever until it has failed several times in a row", () => {
    const { rest } = resting(4);

    expect([rest.mayAsk(), rest.mayAsk()]).toEqual([true, true]);
    rest.answered();
    for (let failure = 0; failure < 4; failure += 1) rest.failed();
    expect(rest.mayAsk()).toBe(true);
  });

  test("is then left alone, and asked once at growing distances", () => {
    const { rest, pass } = resting(5);
    const askedAfter = (ms: number) => {
      pass(ms);
      return [rest.mayAsk(), rest.mayAsk()];
    };

    expect(askedAfter(99)).toEqual([false, false]);
    expect(askedAfter(1)).toEqual([true, false]);
    rest.failed();
    expect(askedAfter(199)).toEqual([false, false]);
    expect(askedAfter(1)).toEqual([true, false]);
    for (let failure = 0; failure < 50; failure += 1) rest.failed();
    expect(askedAfter(4_999)).toEqual([false, false]);
    expect(askedAfter(1)).toEqual([true, false]);
  });

  test("is asked as ever again when it answers", () => {
    const { rest } = resting(9);
    rest.answered();

    expect([rest.mayAsk(), rest.mayAsk()]).toEqual([true, true]);
  });
});

// --- internal ---

function resting(failures: number) {
  let time = 0;
  const rest = createRest(() => time);
  for (let failure = 0; failure < failures; failure += 1) rest.failed();
  return { rest, pass: (ms: number) => (time += ms) };
}
