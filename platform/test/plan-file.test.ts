import { describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { parsePlanText, type PlanFileError } from "../src/index.ts";

const Garden = z.strictObject({
  beds: z.array(z.strictObject({ plant: z.string(), litres: z.number().int().positive() })),
});

const complaintAbout = (text: string) => {
  try {
    parsePlanText("garden.yaml", text, Garden);
  } catch (error) {
    return (error as PlanFileError).message;
  }
  return undefined;
};

describe("a plan file", () => {
  test("is parsed into its value and remembers where everything stands", () => {
    const plan = parsePlanText("garden.yaml", "beds:\n  - plant: fig\n    litres: 3\n", Garden);

    expect(plan.value).toEqual({ beds: [{ plant: "fig", litres: 3 }] });
    expect(plan.placeOf(["beds", 0, "litres"])).toEqual({ line: 3, column: 5 });
  });

  test.each([
    [
      "a word that is not known",
      "beds:\n  - plant: fig\n    liters: 3\n",
      'garden.yaml:3:5: "liters" is not known in beds.0. Did you mean "litres"?',
    ],
    [
      "a value of the wrong kind",
      "beds:\n  - plant: fig\n    litres: many\n",
      "garden.yaml:3:5: beds.0.litres: Invalid input: expected number",
    ],
    ["a value that is missing", "beds:\n  - plant: fig\n", "garden.yaml:2:5: beds.0.litres: Invalid input"],
    ["text that is not YAML", "beds: [\n", "garden.yaml:2:1: not valid YAML"],
    ["an empty file", "", "garden.yaml:1:1: the document: Invalid input"],
  ])("that holds %s is refused with its place", (_what, text, complaint) => {
    expect(complaintAbout(text)).toContain(complaint);
  });
});
