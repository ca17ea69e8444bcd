// Round after round over all tables, slowly, for as long as it is let. A round that cannot be made, because a database is away, is made later.

import { setTimeout as pause } from "node:timers/promises";
import type { VerifyReport } from "./report.ts";
import { verifyStream, type VerifyOptions } from "./verify-stream.ts";

export type ContinuousOptions = VerifyOptions & {
  /** How long to rest between two rounds (default 60 s). */
  restMs?: number | undefined;
  onRound: (report: VerifyReport) => void;
  /** Told why a round was given up. */
  onTrouble: (error: unknown) => void;
  signal: AbortSignal;
};

/** Resolves once `signal` is aborted. The first round goes on where an interrupted one stood. */
export async function verifyContinuously(options: ContinuousOptions): Promise<void> {
  const { signal, onRound, onTrouble, restMs = REST_MS } = options;
  let resume = true;
  while (!signal.aborted) {
    try {
      onRound(await verifyStream({ pauseMs: PAUSE_MS, ...withoutUndefined(options), resume }));
      resume = false;
    } catch (error) {
      if (signal.aborted) return;
      onTrouble(error);
      resume = true;
    }
    await pause(restMs, undefined, { signal }).catch(() => undefined);
  }
}

// --- internal ---

const REST_MS = 60_000;
/** A chunk takes half a second: a fifth of one core of each server. */
const PAUSE_MS = 2_000;

function withoutUndefined<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;
}
