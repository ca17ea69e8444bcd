import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { Ajv } from "ajv";
import { acceptedJsonSchema } from "../accepted-schema.ts";
import { analysisSchema } from "../analysis-schema.ts";
import { SCHEMA_VERSION } from "../src/analysis.ts";
import { analyze } from "../src/analyze.ts";

const here = import.meta.dirname;
const read = (file: string): unknown => JSON.parse(readFileSync(join(here, file), "utf8"));

describe("the published JSON Schema", () => {
  test("of the analysis is what the type says; npm run schema -w tools/analyzer writes it anew", () => {
    expect(read("../schema/analysis.schema.json")).toEqual(JSON.parse(analysisSchema()));
  });

  test("of plan/contexts.yaml is what the program checks", () => {
    expect(read("../../../plan/schema/contexts.schema.json")).toEqual(JSON.parse(acceptedJsonSchema()));
  });

  test("fits an analysis, names its version, and refuses what is none", async () => {
    const analysis = await analyze(join(here, "fixtures", "layered-shop"));
    const validate = new Ajv({ allErrors: true, strict: false }).compile(
      read("../schema/analysis.schema.json") as object,
    );

    expect({ valid: validate(analysis), errors: validate.errors }).toEqual({ valid: true, errors: null });
    expect(validate({ ...analysis, schemaVersion: SCHEMA_VERSION - 1 })).toBe(false);
    expect(validate({ ...analysis, seams: [{}] })).toBe(false);
  });
});
