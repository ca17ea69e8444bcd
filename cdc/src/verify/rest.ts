// A verification has time; the stream and those who use the databases have not. Between two chunks it pauses as long as it was told to, and
// while the stream is too far behind it waits. For a stream that nobody runs it does not: that one would never catch up.

import { setTimeout as pause } from "node:timers/promises";

export type RestOptions = {
  pauseMs: number;
  /** Bytes of source log. */
  maxLagBytes: number;
  /** How far the stream is behind; undefined when nobody runs it. */
  lagBytes: () => Promise<number | undefined>;
  /** Called when it begins to wait, and when it goes on. */
  onWait: (waiting: boolean) => void;
  signal: AbortSignal | undefined;
};

/** A function to call before every chunk. Throws the signal's reason once it is aborted. */
export function createRest({ pauseMs, maxLagBytes, lagBytes, onWait, signal }: RestOptions): () => Promise<void> {
  const isBehind = async () => ((await lagBytes()) ?? 0) > maxLagBytes;
  return async () => {
    signal?.throwIfAborted();
    if (pauseMs > 0) await pause(pauseMs, undefined, signalOf(signal));
    if (!(await isBehind())) return;
    onWait(true);
    while (await isBehind()) await pause(LOOK_EVERY_MS, undefined, signalOf(signal));
    onWait(false);
  };
}

// --- internal ---

const LOOK_EVERY_MS = 250;

function signalOf(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
