// Writes plan/schema/streams.schema.json anew after the schema of streams was changed:
//   node --conditions=strangler-source cdc/write-schema.ts
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { streamsJsonSchema } from "./src/plan/json-schema.ts";

const file = path.join(import.meta.dirname, "../plan/schema/streams.schema.json");
await writeFile(file, `${JSON.stringify(streamsJsonSchema(), null, 2)}\n`);
