import { Worker } from "node:worker_threads";
import { ScenarioSetupFailedError } from "../errors.ts";
import type { Run, Snapshot } from "../run.ts";
import type { Question, Reply, StartOptions } from "./messages.ts";

/** One load in progress. */
export type Load = {
  /** What has been measured up to now. */
  snapshot: () => Promise<Snapshot>;
  /** No visitor comes any more, those who are there finish their visit; then the run. May be called more than once. */
  stop: () => Promise<Run>;
  /** The run, when its duration is over or after `stop`. */
  done: Promise<Run>;
};

/** A thread that makes loads, one or several, keeping its connections between them. */
export type Generator = {
  /** Throws ScenarioSetupFailedError when the system under load does not answer the scenario's setup requests as expected. */
  start: (options: StartOptions) => Promise<Load>;
  close: () => Promise<void>;
};

export function openGenerator(): Generator {
  const worker = openWorker();
  const exited = new Promise((resolve) => worker.once("exit", resolve));
  const loads = new Map<number, Ears>();
  worker.on("message", (reply: Reply) => hear(reply, loads));
  worker.on("error", (error: Error) => loads.forEach((ears) => ears.broken(error)));
  const ask = (question: Question) => worker.postMessage(question);
  return {
    start: (options) => {
      const load = loads.size;
      const ears = listen();
      loads.set(load, ears);
      ask({ load, ask: "start", options });
      return ears.started.then(() => toLoad(load, ears, ask));
    },
    close: async () => {
      ask({ ask: "close" });
      await exited;
    },
  };
}

// --- internal ---

type Ears = {
  started: Promise<void>;
  done: Promise<Run>;
  hear: (reply: Reply) => void;
  broken: (error: Error) => void;
  nextSnapshot: () => Promise<Snapshot>;
};

// From source this file and the worker are TypeScript, in a published package both are JavaScript. A thread does not inherit
// the hooks by which the command line finds sources, so it is told of the condition itself.
function openWorker(): Worker {
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL("./worker.js", import.meta.url));
  return new Worker(new URL("./worker.ts", import.meta.url), { execArgv: ["--conditions=strangler-source"] });
}

function hear(reply: Reply, loads: ReadonlyMap<number, Ears>): void {
  loads.get(reply.load)?.hear(reply);
}

function listen(): Ears {
  const started = Promise.withResolvers<void>();
  const done = Promise.withResolvers<Run>();
  const snapshots: PromiseWithResolvers<Snapshot>[] = [];
  // Whoever only asks for snapshots need not look at `done` as well.
  done.promise.catch(() => undefined);
  const fail = (error: Error) => {
    for (const waiting of [started, done, ...snapshots]) waiting.reject(error);
  };
  return {
    started: started.promise,
    done: done.promise,
    broken: fail,
    hear: (reply) => {
      if (reply.reply === "started") started.resolve();
      if (reply.reply === "refused") fail(new ScenarioSetupFailedError(reply.facts));
      if (reply.reply === "snapshot") snapshots.shift()?.resolve(reply.snapshot);
      if (reply.reply === "done") done.resolve(reply.run);
    },
    nextSnapshot: () => {
      const waiting = Promise.withResolvers<Snapshot>();
      snapshots.push(waiting);
      return waiting.promise;
    },
  };
}

function toLoad(load: number, ears: Ears, ask: (question: Question) => void): Load {
  return {
    snapshot: () => {
      ask({ load, ask: "snapshot" });
      return ears.nextSnapshot();
    },
    stop: () => {
      ask({ load, ask: "stop" });
      return ears.done;
    },
    done: ears.done,
  };
}
