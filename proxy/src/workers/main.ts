// One worker of several: an edge in a process of its own, steered by the process that started it.
import { createLogger, isKnownError, type Logger } from "@strangler/platform";
import { readConfig } from "../config.ts";
import { startEdge, type Edge } from "../edge.ts";
import { edgeConfig } from "../proxy.ts";
import type { EdgeCall, FromWorker, ToWorker } from "./messages.ts";

const config = readConfig(process.env);
const log = createLogger({ name: "proxy-worker", level: config.logLevel });
let edge: Edge | undefined;

// The last net, as in a proxy of one process.
process.on("uncaughtException", (error) => log.fatal({ err: error }, "uncaught; the worker goes on"));
// A signal to the whole group is for the control plane, which lets every worker finish.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
// Without a control plane nobody could flip a route any more.
process.on("disconnect", () => process.exit(0));

process.on("message", (message: ToWorker | { channel: string }) => {
  // Counts of rate limits travel the same way, between others.
  if ("channel" in message) return;
  if ("start" in message) void start(message.start, log);
  else void answer(message.id, message.call, message.argument);
});

// --- internal ---

async function start({ routes, port }: Extract<ToWorker, { start: unknown }>["start"], logger: Logger): Promise<void> {
  try {
    edge = await startEdge({ ...edgeConfig(config), port, reusePort: true }, routes, logger);
    say({ ready: { url: edge.url, port: edge.port } });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    say({ failed: { message, exitCode: isKnownError(error) ? error.exitCode : undefined } });
  }
}

async function answer(id: number, call: EdgeCall, argument: unknown): Promise<void> {
  try {
    if (edge === undefined) throw new Error("the worker has not started");
    const ask = edge[call] as (argument: unknown) => unknown;
    say({ id, value: await ask(argument) });
  } catch (error) {
    say({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

function say(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}
