import { setTimeout as delay } from "node:timers/promises";
import { isDatabaseAway } from "../lib/db.ts";
import { log } from "../lib/log.ts";
import { sendPendingEmails } from "../services/email-service.ts";
import { runNightly } from "./nightly.ts";

export type Schedule = {
  /** Stops the clocks and waits for a job that is at work. */
  close(): Promise<void>;
};

const EMAILS_EVERY_MS = 5_000;
const NIGHTLY_AT_HOUR = 3;

/** Runs the jobs of the shop inside the web process, as it has always been. */
export function startSchedule(): Schedule {
  const stopping = new AbortController();
  const emails = repeat(stopping.signal, "sending e-mails", () => EMAILS_EVERY_MS, sendPendingEmails);
  const nightly = repeat(stopping.signal, "the nightly job", () => untilNight(new Date()), runNightly);
  return {
    close: async () => {
      stopping.abort();
      await Promise.all([emails, nightly]);
    },
  };
}

// --- internal ---

async function repeat(
  signal: AbortSignal,
  name: string,
  pauseMs: () => number,
  job: () => Promise<unknown>,
): Promise<void> {
  while (await pause(pauseMs(), signal)) {
    try {
      await job();
    } catch (error) {
      // The next round comes; a database that is away has already been reported by the requests.
      if (!isDatabaseAway(error)) log.error(`${name} failed`, error);
    }
  }
}

/** True after the pause, false when it was cut short. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await delay(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

function untilNight(now: Date): number {
  const next = new Date(now);
  next.setUTCHours(NIGHTLY_AT_HOUR, 0, 0, 0);
  if (next <= now) next.setUTCDate(next.getUTCDate() + 1);
  return next.getTime() - now.getTime();
}
