import { readFile } from "node:fs/promises";
import { errorCode, type Logger } from "@strangler/platform";
import { createLocalJWKSet, createRemoteJWKSet, customFetch, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { followFiles } from "../follow-files.ts";
import type { KeysPlan } from "./admission-plan.ts";
import type { KeysReport } from "./report.ts";

/** The public keys that tokens are verified with. While they cannot be had anew, the last good ones stay. */
export type Keys = {
  /** Finds the key of a token. Throws KeysUnavailableError where there are none to look among. */
  find: JWTVerifyGetKey;
  /** Counts up whenever other keys may be in force. */
  generation: () => number;
  report: () => KeysReport;
  close: () => void;
};

/** No keys have come yet, or an unknown key could not be asked for. Whether a token is good cannot be said. */
export class KeysUnavailableError extends Error {
  readonly code = "KEYS_UNAVAILABLE";
}

export function followKeys(plan: KeysPlan, log: Logger): Keys {
  return plan.from === "url" ? fetchKeys(plan, log) : readKeys(plan.file, log);
}

// --- internal ---

const MOST_BYTES = 1_048_576;
const WITHIN_MS = 5_000;
// An issuer that is down is not asked by every request that waits for it.
const PAUSE_AFTER_FAILURE_MS = 1_000;

function fetchKeys({ url, refreshMs, cooldownMs }: Extract<KeysPlan, { from: "url" }>, log: Logger): Keys {
  const status = createStatus(url, log);
  let failedAt = -Infinity;

  async function fetchOnce(address: string, options: RequestInit): Promise<Response> {
    if (performance.now() - failedAt < PAUSE_AFTER_FAILURE_MS) throw new KeysUnavailableError("asked a moment ago");
    try {
      const response = await fetch(address, options);
      if (response.status !== 200) throw new KeysUnavailableError(`the answer was ${response.status}`);
      const text = await readText(response);
      status.good(parseKeys(text).keys.length);
      return new Response(text);
    } catch (error) {
      failedAt = performance.now();
      const reason = describe(error);
      status.bad(reason);
      throw new KeysUnavailableError(reason, { cause: error });
    }
  }

  // The keys never grow too old to be used: they are fetched again and again, and while that fails they stay.
  const find = createRemoteJWKSet(new URL(url), {
    cacheMaxAge: Infinity,
    cooldownDuration: cooldownMs,
    timeoutDuration: WITHIN_MS,
    [customFetch]: fetchOnce,
  });
  const refresh = () => find.reload().catch(() => undefined);
  void refresh();
  const timer = setInterval(() => void refresh(), refreshMs);
  timer.unref();
  return { find, generation: status.generation, report: status.report, close: () => clearInterval(timer) };
}

function readKeys(file: string, log: Logger): Keys {
  const status = createStatus(`file ${file}`, log);
  let local: JWTVerifyGetKey | undefined;

  const following = followFiles(
    () => [file],
    async () => {
      try {
        const keys = parseKeys(await readFile(file, "utf8"));
        local = createLocalJWKSet(keys);
        status.good(keys.keys.length);
      } catch (error) {
        status.bad(describe(error));
      }
    },
  );
  const first = following.look();
  return {
    find: async (header, token) => {
      if (local === undefined) await first;
      if (local === undefined) throw new KeysUnavailableError("there are no keys yet");
      return local(header, token);
    },
    generation: status.generation,
    report: status.report,
    close: following.close,
  };
}

function createStatus(from: string, log: Logger) {
  let state: Omit<KeysReport, "from"> = { confirmedAt: null, count: 0, failure: null };
  let generation = 0;
  return {
    good: (count: number) => {
      if (state.failure !== null) log.info({ from, count }, "there are keys for tokens again");
      state = { confirmedAt: new Date().toISOString(), count, failure: null };
      generation += 1;
    },
    bad: (failure: string) => {
      if (state.failure !== failure)
        log.error({ from, failure, kept: state.count }, "the keys for tokens cannot be had");
      state = { ...state, failure };
    },
    generation: () => generation,
    report: (): KeysReport => ({ from, ...state }),
  };
}

// jose checks the form of each key when it is used; here it is made sure that there are some, and that none of them is a secret.
function parseKeys(text: string): JSONWebKeySet {
  const keys = JSON.parse(text) as JSONWebKeySet;
  createLocalJWKSet(keys);
  if (keys.keys.length === 0) throw new KeysUnavailableError("the list of keys is empty");
  if (keys.keys.some((key) => "d" in key || "k" in key))
    throw new KeysUnavailableError("the list contains secret keys");
  return keys;
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body?.getReader();
  for (let piece = await reader?.read(); piece?.value !== undefined; piece = await reader?.read()) {
    bytes += piece.value.length;
    if (bytes > MOST_BYTES) throw new KeysUnavailableError(`the answer is longer than ${MOST_BYTES} bytes`);
    chunks.push(piece.value);
  }
  return Buffer.concat(chunks).toString();
}

function describe(error: unknown): string {
  if (error instanceof KeysUnavailableError) return error.message;
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = errorCode(cause) ?? errorCode(error);
  if (code !== undefined) return code;
  return error instanceof Error ? error.message : String(error);
}
