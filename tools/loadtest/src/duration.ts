import { LoadOptionInvalidError } from "./errors.ts";

/** "500ms", "10s" and "2m" as milliseconds; a bare number is seconds. Throws LoadOptionInvalidError naming `option`. */
export function parseDuration(option: string, text: string): number {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text.trim());
  const milliseconds = Number(found?.[1]) * (UNITS[found?.[2] ?? "s"] as number);
  if (!found || milliseconds === 0) {
    throw new LoadOptionInvalidError(option, `"${text}" is not a duration above zero; write 500ms, 10s or 2m`);
  }
  return milliseconds;
}

// --- internal ---

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };
