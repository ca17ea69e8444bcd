import { afterEach, describe, expect, test } from "@jest/globals";
import { compareAnswers, DEFAULT_RULES, toShadowRules, type Answer } from "../../src/index.ts";
import { createComparer, type Comparer, type ComparerLimits } from "../../src/shadow/comparer.ts";

const opened: Comparer[] = [];
afterEach(() => opened.splice(0).forEach((comparer) => comparer.close()));

describe("large answers are compared beside the thread that serves customers", () => {
  test("with the same result, by the same rules", async () => {
    const { compare } = open({ inlineBytes: 0, withinMs: 60_000 });
    const rules = toShadowRules({ ignore: [{ path: "/**/b", reason: "random" }] });

    for (const [control, candidate] of [
      [page(100, "a"), page(100, "b")],
      [json(`{"a":[1,{"b":1}]}`), json(`{"a":[2,{"b":2}]}`)],
      [json("{}"), json("{}")],
    ] as const) {
      expect(await compare(control, candidate, rules)).toEqual(compareAnswers(control, candidate, rules));
    }
  });

  test("while it goes on serving", async () => {
    const { compare } = open({ inlineBytes: 0, withinMs: 60_000 });
    await compare(json("1"), json("2"), DEFAULT_RULES);
    let turns = 0;
    const turn = setInterval(() => (turns += 1), 1);

    await compare(page(5_000, "a"), page(5_000, "b"), DEFAULT_RULES);
    clearInterval(turn);

    expect(turns).toBeGreaterThan(5);
  });

  test("and given up where that takes too long; the next is compared again", async () => {
    const { compare } = open({ inlineBytes: 200, withinMs: 1 });

    await expect(compare(page(5_000, "a"), page(5_000, "b"), DEFAULT_RULES)).rejects.toMatchObject({
      reason: "not compared",
    });
    expect(await compare(json("1"), json("2"), DEFAULT_RULES)).toMatchObject({ outcome: "different" });
  });
});

// --- internal ---

function open(limits: ComparerLimits): Comparer {
  const comparer = createComparer(limits);
  opened.push(comparer);
  return comparer;
}

function json(body: string): Answer {
  return { status: 200, contentType: "application/json", body };
}

function page(cards: number, word: string): Answer {
  const body = `<main>${`<div class="card"><h2>${word}</h2><a href="/x">more</a></div>`.repeat(cards)}</main>`;
  return { status: 200, contentType: "text/html", body };
}
