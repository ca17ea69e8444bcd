import { request as httpRequest, Agent as HttpAgent, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { request as httpsRequest, Agent as HttpsAgent } from "node:https";

/** What is asked of the candidate: the same as of the control. */
export type CandidateRequest = { origin: URL; method: string; path: string; headers: OutgoingHttpHeaders };

/** An answer with its body still in its content coding. */
export type EncodedAnswer = {
  status: number;
  contentType: string | undefined;
  contentEncoding: string | undefined;
  body: Buffer;
};

export type CandidateLimits = {
  /** Connections to candidates, and so candidates asked at one time. */
  concurrency: number;
  withinMs: number;
  bodyBytes: number;
};

export type Candidates = { ask: (request: CandidateRequest) => Promise<EncodedAnswer>; close: () => void };

/** Connections of their own for candidates, so that a hung one takes nothing from customers. */
export function createCandidates({ concurrency, withinMs, bodyBytes }: CandidateLimits): Candidates {
  const pool = { keepAlive: true, maxSockets: concurrency, maxFreeSockets: concurrency, timeout: 4_000 };
  const agents = { http: new HttpAgent(pool), https: new HttpsAgent(pool) };
  return {
    ask: ({ origin, method, path, headers }) => {
      const secure = origin.protocol === "https:";
      const request = (secure ? httpsRequest : httpRequest)({
        hostname: origin.hostname.replace(/^\[|\]$/g, ""),
        port: origin.port === "" ? (secure ? 443 : 80) : origin.port,
        method,
        path,
        headers,
        agent: secure ? agents.https : agents.http,
        signal: AbortSignal.timeout(withinMs),
      });
      return new Promise((resolve, reject) => {
        request.on("error", reject);
        request.on("upgrade", (_answer, socket) => {
          // From here on the socket belongs to nobody else, and neither do its errors.
          socket.on("error", () => undefined).destroy();
          reject(new Error("the candidate switched protocols"));
        });
        request.on("response", (answer) => void collect(answer, bodyBytes).then(resolve, reject));
        request.end();
      });
    },
    close: () => {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

// --- internal ---

async function collect(answer: IncomingMessage, bodyBytes: number): Promise<EncodedAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyBytes) throw new RangeError(`the candidate's answer is longer than ${bodyBytes} bytes`);
    chunks.push(chunk);
  }
  return {
    status: answer.statusCode ?? 0,
    contentType: answer.headers["content-type"],
    contentEncoding: answer.headers["content-encoding"],
    body: Buffer.concat(chunks),
  };
}
