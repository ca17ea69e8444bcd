import { setTimeout as pause } from "node:timers/promises";
import { ConditionNotMetError } from "./errors.ts";

export type WaitOptions = { limitMs?: number; everyMs?: number; signal?: AbortSignal };

/**
 * Asks again until `condition` answers something other than false, null or undefined, and returns that answer.
 * A condition that throws counts as "not yet". Throws ConditionNotMetError, with the last error as its cause, after `limitMs`.
 */
export async function waitFor<Answer>(
  what: string,
  condition: () => Answer | Promise<Answer>,
  { limitMs = 10_000, everyMs = 25, signal }: WaitOptions = {},
): Promise<NonNullable<Exclude<Awaited<Answer>, false>>> {
  const deadline = performance.now() + limitMs;
  let lastError: unknown;
  do {
    signal?.throwIfAborted();
    try {
      const answer = await condition();
      if (answer !== false && answer !== null && answer !== undefined) {
        return answer as NonNullable<Exclude<Awaited<Answer>, false>>;
      }
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await pause(everyMs);
  } while (performance.now() < deadline);
  throw new ConditionNotMetError(what, limitMs, lastError);
}
