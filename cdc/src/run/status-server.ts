import { createServer, type ServerResponse } from "node:http";
import { drain, listen, PROBLEM_MEDIA_TYPE, problem } from "@strangler/platform";
import { createStreamMetrics } from "./metrics.ts";
import { statusJson } from "./status-json.ts";
import type { StreamStatus } from "./stream-status.ts";

export type StatusServer = { url: string; close: () => Promise<void> };

/**
 * Answers on loopback: /livez (200 as long as the process lives), /readyz (200 while it copies or follows), /status (JSON),
 * /metrics (Prometheus). Throws PortTakenError.
 */
export async function startStatusServer(
  stream: string,
  port: number,
  status: () => StreamStatus,
): Promise<StatusServer> {
  const metrics = createStreamMetrics(stream, status);
  const server = createServer((request, response) => {
    const path = request.url?.split("?")[0];
    if (request.method !== "GET") sendJson(response, 405, problem(405, "Method Not Allowed"));
    else if (path === "/livez") sendJson(response, 200, { status: "ok" });
    else if (path === "/readyz") sendReadiness(response, status());
    else if (path === "/status") sendJson(response, 200, statusJson(status()));
    else if (path === "/metrics") void sendMetrics(response, metrics);
    else sendJson(response, 404, problem(404, "Not Found", "There is /livez, /readyz, /status and /metrics.", path));
  });
  const chosen = await listen(server, HOST, port);
  return { url: `http://${HOST}:${chosen}`, close: () => drain(server, 1_000) };
}

// --- internal ---

const HOST = "127.0.0.1";

function sendJson(response: ServerResponse, status: number, body: object): void {
  const type = status < 400 ? "application/json" : PROBLEM_MEDIA_TYPE;
  response.writeHead(status, { "content-type": type }).end(JSON.stringify(body));
}

function sendReadiness(response: ServerResponse, { state, reason }: StreamStatus): void {
  if (state === "copying" || state === "following") sendJson(response, 200, { status: "ok", state });
  else sendJson(response, 503, problem(503, "Service Unavailable", reason ?? `the stream is ${state}`));
}

async function sendMetrics(response: ServerResponse, metrics: ReturnType<typeof createStreamMetrics>): Promise<void> {
  response.writeHead(200, { "content-type": metrics.contentType }).end(await metrics.metrics());
}
