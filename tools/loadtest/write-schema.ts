// Writes plan/schema/load.schema.json anew from the zod schema; a test says when it is out of date.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { scenarioJsonSchema } from "./src/scenario/json-schema.ts";

const file = path.resolve(import.meta.dirname, "../../plan/schema/load.schema.json");
await writeFile(file, `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`);
