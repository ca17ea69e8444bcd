import { describe, expect, test } from "@jest/globals";
import { starsFromLegacy } from "../../src/from-legacy/stars.ts";

describe("stars from the monolith's rating", () => {
  test("are what they were", () => {
    expect(starsFromLegacy("4.25", 8)).toEqual({ average: 4.25, count: 8 });
  });

  test("are none, not zero, where nobody has rated", () => {
    expect(starsFromLegacy("0.00", 0)).toBeUndefined();
  });
});
