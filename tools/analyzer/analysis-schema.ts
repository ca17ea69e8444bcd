import { join } from "node:path";
import { createGenerator } from "ts-json-schema-generator";
import { SCHEMA_VERSION } from "./src/analysis.ts";

/** The JSON Schema of an analysis as text, with the descriptions of the types. */
export function analysisSchema(): string {
  const generator = createGenerator({
    path: join(import.meta.dirname, "src", "analysis.ts"),
    tsconfig: join(import.meta.dirname, "..", "..", "tsconfig.json"),
    type: "Analysis",
    // The repository's own check of types is stricter and covers this file.
    skipTypeCheck: true,
    additionalProperties: false,
    sortProps: false,
  });
  const schema = generator.createSchema("Analysis");
  return JSON.stringify({ title: `strangler analyze --json, version ${SCHEMA_VERSION}`, ...schema }, null, 2);
}
