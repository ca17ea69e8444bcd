// Writes plan/schema/stack.schema.json anew from the zod schema; a test says when it is out of date.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { stackPlanJsonSchema } from "./src/plan/schema.ts";

const file = path.resolve(import.meta.dirname, "../../plan/schema/stack.schema.json");
await writeFile(file, `${JSON.stringify(stackPlanJsonSchema(), null, 2)}\n`);
