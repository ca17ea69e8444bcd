import type { Logger } from "@strangler/platform";
import type { Tracing } from "./request-span.ts";
import type { TracingConfig } from "./tracing-config.ts";

/** Starts tracing where it is configured. Without, not even the libraries are loaded. */
export async function openTracing(config: TracingConfig | undefined, log: Logger): Promise<Tracing | undefined> {
  if (config === undefined) return undefined;
  const { startTracing } = await import("./tracing.ts");
  return startTracing(config, log);
}
