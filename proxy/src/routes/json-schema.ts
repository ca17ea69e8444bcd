import { z } from "zod";
import { routesSchema } from "./schema.ts";

/** The JSON Schema by which an editor completes and checks plan/routes.yaml. */
export function routesJsonSchema(): object {
  return { title: "plan/routes.yaml", ...z.toJSONSchema(routesSchema, { io: "input", target: "draft-7" }) };
}
