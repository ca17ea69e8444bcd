import { describe, expect, test } from "@jest/globals";
import { waitFor } from "@strangler/platform";
import { shareQuestion } from "../../src/own-writes/shared-question.ts";

describe("a shared question", () => {
  test("never answers with what was asked before the call", async () => {
    let asked = 0;
    const answers: ((answer: number) => void)[] = [];
    const ask = shareQuestion(() => {
      asked += 1;
      return new Promise<number>((resolve) => answers.push(resolve));
    });

    const first = ask();
    const second = ask();
    const third = ask();
    expect(asked).toBe(1);
    answers[0]?.(10);
    expect(await first).toBe(10);
    await waitFor("the second asking", () => asked === 2);
    answers[1]?.(20);

    expect(await Promise.all([second, third])).toEqual([20, 20]);
    expect(asked).toBe(2);
  });

  test("that fails fails for those who asked it, and is asked anew", async () => {
    let asked = 0;
    const ask = shareQuestion(() => {
      asked += 1;
      return asked === 1 ? Promise.reject(new Error("away")) : Promise.resolve(asked);
    });

    const [first, second] = await Promise.allSettled([ask(), ask()]);

    expect(first.status).toBe("rejected");
    expect(second).toEqual({ status: "fulfilled", value: 2 });
  });
});
