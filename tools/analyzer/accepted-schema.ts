import { z } from "zod";
import { acceptedSchema } from "./src/accepted/accepted-contexts.ts";

/** The JSON Schema of `plan/contexts.yaml`, for editors. */
export function acceptedJsonSchema(): string {
  const schema = z.toJSONSchema(acceptedSchema, { target: "draft-7", io: "input" });
  return JSON.stringify({ title: "plan/contexts.yaml", ...schema }, null, 2);
}
