// Writes plan/schema/routes.schema.json anew from the zod schema; a test says when it is out of date.
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { format } from "prettier";
import { routesJsonSchema } from "./src/routes/json-schema.ts";

const file = path.resolve(import.meta.dirname, "../plan/schema/routes.schema.json");
await writeFile(file, await format(JSON.stringify(routesJsonSchema()), { parser: "json", printWidth: 120 }));
