import { describe, expect, test } from "@jest/globals";
import { createRandom } from "../src/random.ts";
import { findFault, type Answer } from "../src/scenario/check-answer.ts";
import { findValues, parseJsonPath } from "../src/scenario/json-path.ts";
import { takeValue } from "../src/scenario/save.ts";
import { scenarioSchema, type Expectation } from "../src/scenario/schema.ts";
import { parseTemplate, render, renderPath, type Values } from "../src/scenario/template.ts";

const LIST = {
  page: 1,
  items: [
    { id: 3, price: 5, tag: "new" },
    { id: 4, price: 9 },
  ],
  note: null,
  empty: [],
};

describe("an expectation", () => {
  test.each([
    [{ json: { page: 1 } }],
    [{ json: { "items[*].id": { type: "integer", min: 3, max: 4 } } }],
    [{ json: { "items[1].id": "{{saved.id}}" } }],
    [{ json: { items: { type: "array", size: { min: 1, max: 2 } } } }],
    [{ json: { "items[*].price": { sorted: "ascending" } } }],
    [{ json: { note: null, total: { absent: true } } }],
    [{ json: { "items[0].id": { oneOf: [1, 3] }, $: { type: "object" } } }],
    [{ text: ['"items"', '"page"'] }],
    [{ headers: { "content-type": "application/json" } }],
    [{ status: [201, 200] }],
    [{ json: { "empty[*].id": { type: "integer" } } }],
  ])("%j holds for a correct answer", (expected) => {
    expect(faultOf(expected)).toBeUndefined();
  });

  test.each([
    [{ status: 201 }, 'status 200 instead of 201 (it begins: {"page":1,'],
    [{ json: { page: 2 } }, "page: 1 instead of 2"],
    [{ json: { "items[*].id": { max: 3 } } }, "items[*].id: 4 is above 3"],
    [{ json: { "items[*].id": { type: "string" } } }, "items[*].id: 3 is not of type string"],
    [{ json: { "items[*].name": { type: "string" } } }, "items[*].name: nothing is there"],
    [{ json: { "items[*].tag": "new" } }, "items[*].tag: it is missing in some places"],
    [{ json: { items: { size: { min: 3 } } } }, "items: size 2 is below 3"],
    [{ json: { "items[*].price": { sorted: "descending" } } }, "not descending: 5 stands before 9"],
    [{ json: { page: { absent: true } } }, "page: 1 stands where nothing may"],
    [{ json: { page: { matches: "^a" } } }, "page: 1 does not match /^a/"],
    [{ json: { page: { oneOf: [2, 3] } } }, "page: 1 is none of [2,3]"],
    [{ text: "Add to cart" }, 'the body lacks the text "Add to cart"'],
    [{ headers: { "content-type": "text/html" } }, 'header content-type is "application/json" and lacks "text/html"'],
  ])("%j finds a wrong one", (expected, reason) => {
    expect(faultOf(expected)?.reason).toContain(reason);
  });

  test("tells a page that is no JSON from JSON that is wrong", () => {
    expect(faultOf({ json: { page: 1 } }, { status: 200, headers: {}, body: "<h1>Sorry" })).toEqual({
      kind: "check",
      reason: "the body is not JSON (it begins: <h1>Sorry)",
    });
  });
});

describe("a value", () => {
  test("is taken from JSON, from a header or from text", () => {
    const answer: Answer = { status: 200, headers: { location: "/orders/7" }, body: JSON.stringify(LIST) };
    const random = createRandom("test");

    expect(takeValue(answer, { json: "items[*].id", pick: "first" }, random)).toEqual({ value: 3 });
    expect(takeValue(answer, { json: "items[*].id", pick: "all" }, random)).toEqual({ value: [3, 4] });
    expect(takeValue(answer, { header: "Location" }, random)).toEqual({ value: "/orders/7" });
    expect(takeValue(answer, { text: '"price":(\\d+)', pick: "first" }, random)).toEqual({ value: "5" });
    expect(takeValue(answer, { json: "items[*].name", pick: "first" }, random)).toEqual({
      missing: "there is nothing to save at items[*].name",
    });
  });

  test("picked at random is the same for the same seed, and not always the first", () => {
    const answer: Answer = { status: 200, headers: {}, body: JSON.stringify(LIST) };
    const picks = (seed: number) => {
      const random = createRandom(seed);
      return Array.from({ length: 20 }, () => takeValue(answer, { json: "items[*].id", pick: "random" }, random));
    };

    expect(picks(1)).toEqual(picks(1));
    expect(new Set(picks(1).map((taken) => JSON.stringify(taken))).size).toBe(2);
  });

  test("stands at a path, at several, or where a comparison holds", () => {
    expect(valuesAt(LIST, "items[0].id")).toEqual([3]);
    expect(valuesAt(LIST, "items[*].price")).toEqual([5, 9]);
    expect(valuesAt(LIST, "items[?price>5].id")).toEqual([4]);
    expect(valuesAt(LIST, "items[?id=3].price")).toEqual([5]);
    expect(valuesAt([1, 2], "$[*]")).toEqual([1, 2]);
    expect(valuesAt(LIST, "constructor")).toEqual([]);
  });
});

describe("a template", () => {
  test("of one placeholder keeps the type of its value, any other becomes text", () => {
    expect(render(parseTemplate("{{saved.id}}"), values())).toBe(4);
    expect(render(parseTemplate("no. {{saved.id}}"), values())).toBe("no. 4");
    expect(render(parseTemplate("{{int 7 7}}"), values())).toBe(7);
  });

  test("chooses among words, which may hold blanks in quotes", () => {
    const drawn = new Set(
      Array.from({ length: 50 }, () => render(parseTemplate('{{choice lamp "red chair"}}'), values())),
    );

    expect([...drawn].sort()).toEqual(["lamp", "red chair"]);
  });

  test("in a path is percent-encoded, unless the path is nothing else", () => {
    expect(renderPath(parseTemplate("/search?q={{saved.word}}"), values())).toBe("/search?q=a%2Fb%20c");
    expect(renderPath(parseTemplate("{{saved.place}}"), values())).toBe("/orders/7?new");
  });

  test("draws one item of a list at each use", () => {
    const drawn = new Set(Array.from({ length: 50 }, () => render(parseTemplate("{{setup.ids}}"), values())));

    expect([...drawn].sort()).toEqual([1, 2, 3]);
  });
});

// --- internal ---

const random = createRandom("templates");

function valuesAt(document: unknown, path: string): readonly unknown[] {
  return findValues(document, parseJsonPath(path)).values;
}

function values(): Values {
  const saved = new Map<string, unknown>([
    ["id", 4],
    ["word", "a/b c"],
    ["place", "/orders/7?new"],
  ]);
  return { random, saved, setup: new Map([["ids", [1, 2, 3]]]), unique: "u" };
}

const CORRECT: Answer = { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(LIST) };

function faultOf(expected: object, answer = CORRECT) {
  return findFault(answer, expectation(expected), values());
}

function expectation(expected: object): Expectation {
  const steps = [{ name: "step", path: "/", expect: expected }];
  const scenario = scenarioSchema.parse({ name: "x", visitors: [{ name: "v", weight: 1, steps }] });
  return scenario.visitors[0]?.steps[0]?.expect as Expectation;
}
