import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { createCopy, type Budget } from "./budget.ts";
import type { EncodedAnswer } from "./decode.ts";
import type { FailReason } from "./shadow-count.ts";
import { serverNameOf } from "../tls/server-name.ts";

/** One question to an upstream. */
export type ShadowQuestion = {
  origin: URL;
  method: string;
  path: string;
  headers: OutgoingHttpHeaders;
  body: Buffer | undefined;
};

export type AskLimits = {
  /** Connections to one upstream. */
  connections: number;
  withinMs: number;
  /** Of one answer. */
  bodyBytes: number;
};

/** An answer, and the room that its body takes up until it is released. */
export type HeldAnswer = { answer: EncodedAnswer; release: () => void };

export type Asker = {
  /** Throws NoAnswerError. */
  ask: (question: ShadowQuestion) => Promise<HeldAnswer>;
  close: () => void;
};

/** Why an upstream gave no answer that could be compared. */
export class NoAnswerError extends Error {
  readonly code = "NO_ANSWER";
  readonly reason: FailReason;

  constructor(reason: FailReason, options?: ErrorOptions) {
    super(`no answer that could be compared: ${reason}`, options);
    this.reason = reason;
  }
}

/** Connections of their own for shadow questions, so that an upstream that hangs takes nothing from customers. */
export function createAsker({ connections, withinMs, bodyBytes }: AskLimits, budget: Budget): Asker {
  const pool = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections, timeout: 4_000 };
  const agents = { http: new HttpAgent(pool), https: new HttpsAgent(pool) };
  return {
    ask: ({ origin, method, path, headers, body }) => {
      const secure = origin.protocol === "https:";
      const signal = AbortSignal.timeout(withinMs);
      return new Promise((resolve, reject) => {
        const request = (secure ? httpsRequest : httpRequest)({
          hostname: origin.hostname.replace(/^\[|\]$/g, ""),
          port: origin.port === "" ? (secure ? 443 : 80) : origin.port,
          method,
          path,
          headers,
          agent: secure ? agents.https : agents.http,
          ...(secure ? { servername: serverNameOf(origin) } : {}),
          signal,
        });
        request.on("error", (cause) => {
          reject(new NoAnswerError(signal.aborted ? "timed out" : "no answer", { cause }));
        });
        request.on("upgrade", (_answer, socket) => {
          // From here on the socket belongs to nobody else, and neither do its errors.
          socket.on("error", () => undefined).destroy();
          reject(new NoAnswerError("switched protocols"));
        });
        request.on("response", (answer) => {
          collect(answer, method, budget, bodyBytes).then(resolve, (error: unknown) => {
            reject(error instanceof NoAnswerError ? error : cutOff(signal, error));
          });
        });
        request.end(body);
      });
    },
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

// --- internal ---

function cutOff(signal: AbortSignal, cause: unknown): NoAnswerError {
  return new NoAnswerError(signal.aborted ? "timed out" : "cut off", { cause });
}

async function collect(answer: IncomingMessage, method: string, budget: Budget, maxBytes: number): Promise<HeldAnswer> {
  // An answer to HEAD names the length of what it does not bring.
  if (method !== "HEAD" && Number(answer.headers["content-length"] ?? 0) > maxBytes) {
    answer.destroy();
    throw new NoAnswerError("too large");
  }
  const copy = createCopy(budget, maxBytes);
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (!copy.add(chunk)) throw new NoAnswerError(copy.failed() ?? "too large");
    }
  } catch (error) {
    copy.release();
    throw error;
  }
  const { statusCode = 0, rawHeaders } = answer;
  return { answer: { status: statusCode, rawHeaders, body: copy.bytes() }, release: copy.release };
}
