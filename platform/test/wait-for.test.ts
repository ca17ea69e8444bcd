import { describe, expect, test } from "@jest/globals";
import { waitFor } from "../src/index.ts";

describe("waiting for a condition", () => {
  test("ends with the condition's first real answer", async () => {
    let asked = 0;

    const answer = await waitFor("a ripe fig", () => (++asked === 3 ? "fig" : undefined), { everyMs: 1 });

    expect(answer).toBe("fig");
    expect(asked).toBe(3);
  });

  test("gives up after its limit and tells the last fault it saw", async () => {
    const never = () => {
      throw new Error("still green");
    };

    await expect(waitFor("a ripe fig", never, { limitMs: 20, everyMs: 1 })).rejects.toThrow(
      "Waited 20 ms for a ripe fig, in vain. Last seen: still green",
    );
  });
});
