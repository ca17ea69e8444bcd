import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "@strangler/platform";
import { Agent, type Dispatcher } from "undici";
import { parsePosition, type Position } from "./mark.ts";
import { createEventReader } from "./event-reader.ts";
import { shareQuestion } from "./shared-question.ts";

/** What is known of a stream at this moment. */
export type StreamState = {
  readonly name: string;
  readonly url: string;
  /** Whether it has told its position lately. */
  readonly reachable: boolean;
  /** Everything that the source has committed before it is on the target; undefined until the stream has told it. */
  readonly applied: Position | undefined;
  /** Why it is not reachable. */
  readonly problem: string | undefined;
};

export type StreamFollower = {
  readonly url: string;
  state: () => StreamState;
  applied: () => Position | undefined;
  /** Where the source's log ends, asked after this call; undefined when the stream does not say so in time. Never rejects. */
  sourcePosition: () => Promise<Position | undefined>;
  close: () => Promise<void>;
};

export type StreamFollowerOptions = { name: string; url: URL; token: string | undefined; log: Logger };

/** A customer waits for the answer to her write. */
const ANSWER_WITHIN_MS = 250;
/** Streams speak every 50 ms. */
const SILENCE_MS = 2_000;
const RETRY_AFTER_MS = 500;

/** Follows what one stream has applied, and asks it where its source stands. Goes on by itself when the stream comes back. */
export function startStreamFollower({ name, url, token, log }: StreamFollowerOptions): StreamFollower {
  const agent = new Agent({ connections: 3, bodyTimeout: SILENCE_MS, headersTimeout: SILENCE_MS });
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const stop = new AbortController();
  let applied: Position | undefined;
  let heardAt = -Infinity;
  let problem: string | undefined = "it has not answered yet";

  const ask = (path: string, signal: AbortSignal): Promise<Dispatcher.ResponseData> =>
    agent.request({ origin: url.origin, path, method: "GET", headers, signal });

  async function listenOnce(): Promise<void> {
    const { statusCode, body } = await ask("/positions", stop.signal);
    if (statusCode !== 200) {
      await body.dump();
      throw new Error(`it answers with status ${statusCode}`);
    }
    const read = createEventReader((event) => {
      applied = parsePosition(event["applied"]);
      heardAt = performance.now();
      if (problem !== undefined) log.info({ stream: name }, "the stream tells its positions");
      problem = undefined;
    });
    for await (const chunk of body) read(chunk as Buffer);
    throw new Error("it has ended the connection");
  }

  async function listen(): Promise<void> {
    while (!stop.signal.aborted) {
      await listenOnce().catch((error: unknown) => {
        if (stop.signal.aborted) return;
        // Said once, not with every attempt.
        if (problem === undefined) log.warn({ stream: name, err: error }, "the stream does not tell its positions");
        problem = error instanceof Error ? error.message : String(error);
      });
      await pause(RETRY_AFTER_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  }

  const askSource = shareQuestion(async (): Promise<Position | undefined> => {
    const { statusCode, body } = await ask("/source-position", AbortSignal.timeout(ANSWER_WITHIN_MS));
    const answer: unknown = await body.json();
    return statusCode === 200 ? parsePosition((answer as { position?: unknown }).position) : undefined;
  });

  const listening = listen();
  return {
    url: url.origin,
    applied: () => applied,
    state: () => {
      const reachable = performance.now() - heardAt < SILENCE_MS;
      return {
        name,
        url: url.origin,
        reachable,
        applied,
        problem: reachable ? undefined : (problem ?? "it is silent"),
      };
    },
    sourcePosition: () => within(ANSWER_WITHIN_MS, askSource()),
    close: async () => {
      stop.abort();
      await listening;
      await agent.destroy();
    },
  };
}

// --- internal ---

// The question may have waited for its turn; whoever waits for the answer has waited from the beginning.
async function within<Value>(limitMs: number, answer: Promise<Value>): Promise<Value | undefined> {
  const patience = new AbortController();
  const limit = pause(limitMs, undefined, { signal: patience.signal }).catch(() => undefined);
  try {
    return await Promise.race([answer.catch(() => undefined), limit]);
  } finally {
    patience.abort();
  }
}
