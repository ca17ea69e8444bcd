import { describe, expect, test } from "@jest/globals";
import { explainMismatches, type AskedAgain } from "../src/shadow/explain-mismatches.ts";

const different: AskedAgain = { equal: false, difference: "/price: 3 and 4" };

/** Answers in turn, and the last one for ever. */
function inTurn(...answers: AskedAgain[]) {
  let asked = 0;
  return async () => answers[Math.min(asked++, answers.length - 1)] ?? different;
}

describe("a mismatch of shadow traffic", () => {
  test("is explained when it is gone after the stream has caught up", async () => {
    const story: string[] = [];

    const explanations = await explainMismatches({
      mismatches: ["/figs/7"],
      settle: async () => void story.push("settled"),
      askAgain: async (mismatch) => {
        story.push(`asked ${mismatch}`);
        return { equal: true };
      },
    });

    expect(explanations).toEqual([{ mismatch: "/figs/7", outcome: "explained", attempts: 1 }]);
    expect(story).toEqual(["settled", "asked /figs/7"]);
  });

  test("is asked again when the row changed between the two questions", async () => {
    const [explanation] = await explainMismatches({
      mismatches: ["/figs/7"],
      settle: async () => undefined,
      askAgain: inTurn(different, { equal: true }),
    });

    expect(explanation).toMatchObject({ outcome: "explained", attempts: 2 });
  });

  test("stays unexplained when it does not go away, and says what differs", async () => {
    const [explanation] = await explainMismatches({
      mismatches: ["/figs/7"],
      settle: async () => undefined,
      askAgain: inTurn(different),
      attempts: 3,
    });

    expect(explanation).toEqual({
      mismatch: "/figs/7",
      outcome: "unexplained",
      attempts: 3,
      difference: "/price: 3 and 4",
    });
  });
});
