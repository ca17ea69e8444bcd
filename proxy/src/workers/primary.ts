import cluster, { type Worker } from "node:cluster";
import { randomBytes } from "node:crypto";
import path from "node:path";
import type { Logger } from "@strangler/platform";
import { shareCounters } from "../admission/counters.ts";
import type { Edges } from "../control/edges.ts";
import { sumMismatches, sumReports } from "../control/sum-reports.ts";
import type { EdgeReport } from "../edge.ts";
import type { RoutesText } from "../routes/parse.ts";
import { sumShadowReports } from "../shadow/report.ts";
import type { AnswerOf, ArgumentOf, EdgeCall } from "./messages.ts";
import { startRemoteEdge, type RemoteEdge } from "./remote-edge.ts";

const AGAIN_AFTER_MS = 500;

/**
 * Starts several workers on one port: each listens for itself (SO_REUSEPORT), so that no connection passes through another process.
 * A worker that dies is replaced; what it had counted stays counted. Rejects when the first one cannot start.
 */
export async function startWorkers(count: number, port: number, routes: RoutesText, log: Logger): Promise<Edges> {
  // Type stripping knows these files as .ts, a packed installation as .js.
  const exec = path.join(import.meta.dirname, `main${path.extname(import.meta.filename)}`);
  cluster.setupPrimary({ exec, serialization: "advanced" });
  shareCounters();
  const edges = new Map<Worker, RemoteEdge>();
  // The last report of every worker: the counters of one that died must not vanish from the sums.
  const reports = new Map<Worker, EdgeReport>();
  let inForce = routes;
  // What one worker signs, the others have to know again.
  const runSecret = randomBytes(32).toString("base64url");
  let closing = false;

  async function startWorker(onPort: number): Promise<RemoteEdge> {
    const worker = cluster.fork({ PROXY_RUN_SECRET: runSecret });
    worker.once("exit", (code, signal) => onExit(worker, code, signal));
    const started = inForce;
    const edge = await startRemoteEdge(worker, { routes: started, port: onPort });
    edges.set(worker, edge);
    if (started !== inForce) await edge.ask("apply", inForce);
    return edge;
  }

  function onExit(worker: Worker, code: number, signal: string): void {
    const served = edges.delete(worker);
    if (closing || !served) return;
    log.error({ pid: worker.process.pid, code, signal }, "a worker has died and is replaced");
    replace();
  }

  function replace(): void {
    if (closing) return;
    startWorker(first.port).catch((error: unknown) => {
      log.error({ err: error }, "a worker could not be replaced; it is tried again");
      setTimeout(replace, AGAIN_AFTER_MS);
    });
  }

  /** Asks all workers; one that does not answer is left out, and said so. */
  async function askAll<Call extends EdgeCall>(call: Call, argument: ArgumentOf<Call>, withinMs?: number) {
    const asked = [...edges].map(async ([worker, edge]) => ({
      worker,
      value: await edge.ask(call, argument, withinMs),
    }));
    const answers: { worker: Worker; value: AnswerOf<Call> }[] = [];
    for (const outcome of await Promise.allSettled(asked)) {
      if (outcome.status === "fulfilled") answers.push(outcome.value);
      else log.warn({ err: outcome.reason as Error, call }, "a worker did not answer");
    }
    return answers;
  }

  const first = await startWorker(port);
  await Promise.all(Array.from({ length: count - 1 }, () => startWorker(first.port)));

  return {
    url: first.url,
    apply: async (next) => {
      inForce = next;
      const answers = await askAll("apply", next);
      return answers.map(({ worker, value }) => ({ worker: worker.id, version: next.version, swapMs: value }));
    },
    report: async () => {
      for (const { worker, value } of await askAll("report", undefined)) reports.set(worker, value);
      return sumReports([...reports].map(([worker, report]) => (edges.has(worker) ? report : withoutState(report))));
    },
    shadow: async () => sumShadowReports((await askAll("shadow", undefined)).map(({ value }) => value)),
    mismatches: async () => sumMismatches((await askAll("mismatches", undefined)).map(({ value }) => value)),
    clearMismatches: async () =>
      (await askAll("clearMismatches", undefined)).reduce((sum, { value }) => sum + value, 0),
    drainUpgrades: async (route) => (await askAll("drainUpgrades", route)).reduce((sum, { value }) => sum + value, 0),
    close: async (drainMs) => {
      closing = true;
      await askAll("close", drainMs, drainMs + ANSWER_GRACE_MS);
      for (const worker of edges.keys()) worker.disconnect();
    },
  };
}

// --- internal ---

const ANSWER_GRACE_MS = 2_000;

/** What a dead worker leaves: what it has counted, but nothing of what it was doing. */
function withoutState(report: EdgeReport): EdgeReport {
  return { ...report, shadowInFlight: 0, upgrades: [] };
}
