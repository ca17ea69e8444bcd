import { z } from "zod";
import { streamsSchema } from "./stream-plan.ts";

/** plan/schema/streams.schema.json, by which an editor completes and checks plan/streams.yaml. */
export function streamsJsonSchema(): object {
  return { title: "plan/streams.yaml", ...z.toJSONSchema(streamsSchema, { io: "input", target: "draft-7" }) };
}
