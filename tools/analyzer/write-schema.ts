// npm run schema -w tools/analyzer: writes the JSON Schemas of what the analyzer prints and of the file that people keep,
// from the types and checks that the program itself uses; a test says when they are out of date.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { format } from "prettier";
import { acceptedJsonSchema } from "./accepted-schema.ts";
import { analysisSchema } from "./analysis-schema.ts";

const SCHEMAS = [
  { file: "schema/analysis.schema.json", text: analysisSchema() },
  { file: "../../plan/schema/contexts.schema.json", text: acceptedJsonSchema() },
];

for (const { file, text } of SCHEMAS) {
  writeFileSync(resolve(import.meta.dirname, file), await format(text, { parser: "json", printWidth: 120 }));
}
