import { AddressMissingError } from "./errors.ts";
import type { StreamPlan } from "./plan/stream-plan.ts";

/** Where a stream's databases are, and as whom it meets them. Addresses hold passwords: never log them. */
export type StreamAddresses = {
  /** The owner's address of the source: publishing needs one. Empty where a foreign connector writes the topics. */
  source: string;
  /** The owner's address of the target. */
  target: string;
  /** Who reads the source; the owner when no role is set apart for it. */
  capture: string;
  /** Who writes the target; the owner when no role is set apart for it. */
  apply: string;
};

/**
 * Finds a stream's addresses in the environment: STRANGLER_DATABASE_<NAME>_URL, and for least privilege
 * STRANGLER_CAPTURE_<NAME>_URL and STRANGLER_APPLY_<NAME>_URL. One of the two kinds is enough for a process that only runs.
 * Throws AddressMissingError.
 */
export function getStreamAddresses(
  plan: StreamPlan,
  environment: Readonly<Record<string, string | undefined>>,
): StreamAddresses {
  const find = (kind: string, database: string) => environment[variable(kind, database)] || undefined;
  const get = (kind: string, database: string) => {
    const address = find("DATABASE", database) ?? find(kind, database);
    if (address === undefined) throw new AddressMissingError(database, variable("DATABASE", database));
    return address;
  };
  // What a connector of somebody else's has written is read from the broker; its source is never asked.
  const source =
    plan.through?.writer === "debezium" ? (find("DATABASE", plan.source) ?? "") : get("CAPTURE", plan.source);
  const target = get("APPLY", plan.target);
  return {
    source,
    target,
    capture: find("CAPTURE", plan.source) ?? source,
    apply: find("APPLY", plan.target) ?? target,
  };
}

// --- internal ---

function variable(kind: string, database: string): string {
  return `STRANGLER_${kind}_${database.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}_URL`;
}
