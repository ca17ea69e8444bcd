import { z } from "zod";
import { scenarioSchema } from "./schema.ts";

/** The JSON Schema by which an editor completes and checks a scenario file. */
export function scenarioJsonSchema(): object {
  return z.toJSONSchema(scenarioSchema, { io: "input" });
}
