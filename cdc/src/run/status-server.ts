import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { drain, listen, PROBLEM_MEDIA_TYPE, problem } from "@strangler/platform";
import { formatLsn, type Lsn } from "../postgres/lsn.ts";
import { createStreamMetrics } from "./metrics.ts";
import { createPositionFeed } from "./position-feed.ts";
import type { RunningStream } from "./start-stream.ts";
import { statusJson } from "./status-json.ts";
import type { StreamStatus } from "./stream-status.ts";

export type StatusServer = { url: string; close: () => Promise<void> };

export type StatusServerOptions = {
  /** The stream's name. */
  name: string;
  stream: Pick<RunningStream, "status" | "position" | "sourcePosition">;
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /** Without it, positions are told on loopback only. */
  token: string | undefined;
};

/**
 * Answers /livez (200 as long as the process lives), /readyz (200 while it copies or follows), /status (JSON), /metrics
 * (Prometheus); and with `Authorization: Bearer TOKEN` where there is a token, /positions (what is applied, as server-sent events,
 * at least every 50 ms) and /source-position (where the source's log ends now, JSON). Throws PortTakenError.
 */
export async function startStatusServer({
  name,
  stream: { status, position, sourcePosition },
  host,
  port,
  token,
}: StatusServerOptions): Promise<StatusServer> {
  const metrics = createStreamMetrics(name, status);
  const feed = createPositionFeed(name, position);
  const mayRead = positionGuard(host, token);

  const server = createServer((request, response) => {
    const path = request.url?.split("?")[0];
    if (request.method !== "GET") sendJson(response, 405, problem(405, "Method Not Allowed"));
    else if (POSITION_PATHS.has(path ?? "") && !mayRead(request)) sendJson(response, 401, UNKNOWN_READER);
    else if (path === "/positions") {
      if (!feed.add(response)) sendJson(response, 503, problem(503, "Service Unavailable", "Too many listen already."));
    } else if (path === "/source-position") void sendSourcePosition(response, name, sourcePosition);
    else if (path === "/livez") sendJson(response, 200, { status: "ok" });
    else if (path === "/readyz") sendReadiness(response, status());
    else if (path === "/status") sendJson(response, 200, statusJson(status()));
    else if (path === "/metrics") void sendMetrics(response, metrics);
    else sendJson(response, 404, problem(404, "Not Found", KNOWN_PATHS, path));
  });
  const chosen = await listen(server, host, port);
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${chosen}`,
    close: async () => {
      feed.close();
      await drain(server, 1_000);
    },
  };
}

// --- internal ---

const POSITION_PATHS: ReadonlySet<string> = new Set(["/positions", "/source-position"]);
const KNOWN_PATHS = "There is /livez, /readyz, /status, /metrics, /positions and /source-position.";
const UNKNOWN_READER = problem(
  401,
  "Unauthorized",
  "Positions are told to who sends Authorization: Bearer with the STREAM_TOKEN of this process; without one, on loopback only.",
);

function positionGuard(host: string, token: string | undefined): (request: IncomingMessage) => boolean {
  if (token === undefined) {
    const open = host === "localhost" || host === "::1" || host.startsWith("127.");
    return () => open;
  }
  const expected = digest(`Bearer ${token}`);
  return ({ headers }) => timingSafeEqual(digest(headers.authorization ?? ""), expected);
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

async function sendSourcePosition(response: ServerResponse, stream: string, ask: () => Promise<Lsn>): Promise<void> {
  try {
    sendJson(response, 200, { stream, position: formatLsn(await ask()) });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    sendJson(response, 503, problem(503, "Service Unavailable", detail));
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const type = status < 400 ? "application/json" : PROBLEM_MEDIA_TYPE;
  response.writeHead(status, { "content-type": type }).end(JSON.stringify(body));
}

function sendReadiness(response: ServerResponse, { state, reason }: StreamStatus): void {
  if (state === "copying" || state === "completing" || state === "following")
    sendJson(response, 200, { status: "ok", state });
  else sendJson(response, 503, problem(503, "Service Unavailable", reason ?? `the stream is ${state}`));
}

async function sendMetrics(response: ServerResponse, metrics: ReturnType<typeof createStreamMetrics>): Promise<void> {
  response.writeHead(200, { "content-type": metrics.contentType }).end(await metrics.metrics());
}
