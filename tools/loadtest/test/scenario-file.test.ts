import { readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "@jest/globals";
import { PlanFileError } from "@strangler/platform";
import { parseScenario, readScenario } from "../src/index.ts";
import { scenarioJsonSchema } from "../src/scenario/json-schema.ts";

const PLAN = path.resolve(import.meta.dirname, "../../../plan");

describe("a scenario file", () => {
  test("of this repository can be read", async () => {
    const scenario = await readScenario(path.join(PLAN, "load/browse-and-buy.yaml"));

    expect(scenario.name).toBe("browse-and-buy");
  });

  test("stands in the README as an example that works", async () => {
    const readme = await readFile(path.join(import.meta.dirname, "../README.md"), "utf8");
    const example = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";

    expect(parseScenario("README.md", example).visitors.map(({ name }) => name)).toEqual(["reader", "writer"]);
  });

  test("has a JSON Schema in plan/schema that is up to date (node tools/loadtest/write-schema.ts writes it)", async () => {
    const written = JSON.parse(await readFile(path.join(PLAN, "schema/load.schema.json"), "utf8")) as unknown;

    expect(written).toEqual(JSON.parse(JSON.stringify(scenarioJsonSchema())));
  });

  test("says where a word is misspelt, and what was probably meant", () => {
    expect(problemsOf("weight: 1\n    steps:\n      - { name: a, path: /, expct: { status: 200 } }")).toEqual([
      'x.yaml:6:29: "expct" is not known in visitors.0.steps.0. Did you mean "expect"?',
    ]);
  });

  test("says where a value is used that nothing has saved", () => {
    expect(
      problemsOf(`weight: 1
    steps:
      - { name: a, path: /, save: { number: { json: number } } }
      - { name: b, path: "/orders/{{saved.nubmer}}" }`),
    ).toEqual([
      'x.yaml:7:20: {{saved.nubmer}} is used, but no earlier step of this visitor saves "nubmer". Did you mean "number"?',
    ]);
  });

  test("knows that a value is not there before the step that saves it", () => {
    expect(
      problemsOf(`weight: 1
    steps:
      - { name: a, path: "/{{saved.id}}", save: { id: { json: id } } }`),
    ).toEqual(['x.yaml:6:20: {{saved.id}} is used, but no earlier step of this visitor saves "id".']);
  });

  test.each([
    ["path: '/{{int 9 1}}'", '"{{int 9 1}}" needs two whole numbers, the smaller first: {{int 1 9}}'],
    ["path: '/{{rnd}}'", '"{{rnd}}" is not a placeholder; write'],
    ["path: /, json: [1], form: { a: b }", "has both a json and a form body"],
    ["path: orders", 'path "orders" must begin with a slash'],
    ["path: /, expect: { json: { 'a[b]': 1 } }", '"a[b]" cannot be read from "[b]" on'],
    ["path: /, expect: { json: { a: { matches: '(' } } }", "Invalid regular expression"],
    ["path: /, save: { a: { text: '(' } }", "Invalid regular expression"],
    ["path: /, expect: { status: 99 }", "visitors.0.steps.0.expect.status"],
  ])("refuses { %s }", (fields, complaint) => {
    const problems = problemsOf(`weight: 1\n    steps:\n      - { name: a, ${fields} }`);

    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(/^x\.yaml:6:\d+: /);
    expect(problems[0]).toContain(complaint);
  });

  test("names several mistakes at once", () => {
    const problems = problemsOf(`weight: 0
    steps:
      - { name: a, path: / }
      - { name: b }`);

    expect(problems).toHaveLength(2);
  });
});

// --- internal ---

/** The complaints about a scenario whose only visitor is written as given, from line 4 on. */
function problemsOf(visitor: string): string[] {
  try {
    parseScenario("x.yaml", `name: x\nvisitors:\n  - name: v\n    ${visitor}\n`);
  } catch (error) {
    if (error instanceof PlanFileError) return error.message.split("\n");
    throw error;
  }
  return [];
}
