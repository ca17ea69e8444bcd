import { z } from "zod";
import { streamsSchema } from "./stream-plan.ts";

/** The text of plan/schema/streams.schema.json, by which an editor completes and checks plan/streams.yaml. */
export function streamsJsonSchema(): string {
  const schema = z.toJSONSchema(streamsSchema, { io: "input", target: "draft-7" });
  return `${JSON.stringify({ title: "plan/streams.yaml", ...schema }, null, 2)}\n`;
}
