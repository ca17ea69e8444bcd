import { Pool } from "undici";
import type { Answer } from "../scenario/check-answer.ts";

export type OutgoingRequest = {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
};

/** An answer that was read to its last byte, or why none came. */
export type Exchange = { answer: Answer } | { error: string };

export type Client = {
  send: (request: OutgoingRequest) => Promise<Exchange>;
  /** Requests that found every connection busy and had to wait inside the generator. */
  queued: () => number;
  close: () => Promise<void>;
};

export type ClientOptions = {
  /** An origin: scheme, host and port. */
  baseUrl: string;
  /** More connections than this are never opened. */
  connections: number;
  /** How long an answer may keep us waiting, between any two of its bytes. */
  timeoutMs: number;
};

/** Keeps connections open between requests, as browsers and gateways do. */
export function createClient({ baseUrl, connections, timeoutMs }: ClientOptions): Client {
  const pool = new Pool(new URL(baseUrl).origin, {
    connections,
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: { timeout: timeoutMs },
  });
  let inFlight = 0;
  let queued = 0;
  return {
    send: async (request) => {
      inFlight += 1;
      if (inFlight > connections) queued += 1;
      try {
        return { answer: await exchange(pool, request) };
      } catch (error) {
        return { error: describe(error) };
      } finally {
        inFlight -= 1;
      }
    },
    queued: () => queued,
    close: () => pool.close(),
  };
}

// --- internal ---

async function exchange(pool: Pool, request: OutgoingRequest): Promise<Answer> {
  const { statusCode, headers, body } = await pool.request({ ...request, method: request.method });
  return { status: statusCode, headers, body: await body.text() };
}

/** Every word of the chain of causes that helps: "connect ECONNREFUSED 127.0.0.1:8080". */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  const message = error.message === "" ? "no message" : error.message;
  return message.includes(code) ? message : `${code}: ${message}`;
}
