import type { Logger } from "@strangler/platform";
import { logLevel, type logCreator } from "kafkajs";

/**
 * kafkajs' words in our log: only the sentence and who it is about, never whatever else it carries. It calls an error what it is
 * going to try again, so that nothing of it is more than a warning; what is really wrong is thrown, and said by who catches it.
 */
export function redirectLog(log: Logger): logCreator {
  return () =>
    ({ level, namespace, log: entry }) => {
      const fields: Record<string, unknown> = { kafka: namespace };
      for (const name of TOLD) if (entry[name] !== undefined) fields[name] = entry[name];
      if (level === logLevel.ERROR || level === logLevel.WARN) log.debug(fields, entry.message);
      else log.trace(fields, entry.message);
    };
}

// --- internal ---

const TOLD = ["broker", "groupId", "retryCount", "retryTime"] as const;
