import type { z } from "zod";
import { EnvironmentInvalidError } from "./errors.ts";

/**
 * Turns the environment into a typed configuration, once, where a process starts.
 * Throws EnvironmentInvalidError naming every variable that is missing or wrong; values are never printed, they may be secrets.
 */
export function parseEnvironment<Schema extends z.ZodType>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  const parsed = schema.safeParse(environment);
  if (parsed.success) return parsed.data;
  throw new EnvironmentInvalidError(
    parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message.replace(/, received .*/, "")}`),
  );
}
