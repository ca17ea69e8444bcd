import path from "node:path";
import { waitFor } from "@strangler/platform";
import { ProcessDidNotStartError } from "./errors.ts";
import { lastWords } from "./last-words.ts";
import type { CheckedStackPlan } from "./plan/read-stack-plan.ts";
import { listReferences, resolveEnvironment, type Addresses } from "./plan/references.ts";
import type { ProcessPlan } from "./plan/schema.ts";
import { endProcess } from "./process/end.ts";
import { askHealth } from "./process/health.ts";
import { isSameProcess } from "./process/identity.ts";
import { spawnProgram, type Spawned } from "./process/spawn.ts";
import { findProcessRecord, removeProcessRecord, saveProcessRecord } from "./state/process-record.ts";
import type { StatePaths } from "./state/state-directory.ts";

export type ProcessStart = {
  paths: StatePaths;
  checked: CheckedStackPlan;
  addresses: Addresses;
  /** Given to every process beside the plan's own variables. */
  environment: Readonly<Record<string, string>>;
  onProgress: (line: string) => void;
  signal?: AbortSignal | undefined;
};

export type StartedProcesses = {
  /** Names of those that were started now; the others ran already. */
  started: string[];
  undo: () => Promise<void>;
};

const HEALTHY_WITHIN_MS = 60_000;

/** Starts every process of the plan that does not run, each as soon as those it comes after are healthy. */
export async function startProcesses(start: ProcessStart): Promise<StartedProcesses> {
  const started: string[] = [];
  const undo = async () => {
    for (const name of started.toReversed()) await endRecorded(start.paths, name);
  };
  try {
    await inOrder(start.checked.plan.processes, async (name, plan) => {
      if (await startOne(start, name, plan, () => started.push(name))) start.onProgress(`${name} is healthy`);
    });
  } catch (error) {
    await undo();
    throw error;
  }
  return { started, undo };
}

// --- internal ---

type Work = (name: string, plan: ProcessPlan) => Promise<void>;

async function inOrder(processes: Readonly<Record<string, ProcessPlan>>, work: Work): Promise<void> {
  const begun = new Map<string, Promise<void>>();
  const begin = (name: string): Promise<void> => {
    const plan = processes[name];
    if (!plan) return Promise.resolve();
    const running = begun.get(name) ?? Promise.all(plan.after.map(begin)).then(() => work(name, plan));
    begun.set(name, running);
    return running;
  };
  const outcomes = await Promise.allSettled(Object.keys(processes).map(begin));
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed) throw failed.reason;
}

async function startOne(start: ProcessStart, name: string, plan: ProcessPlan, onSpawned: () => void): Promise<boolean> {
  const { paths, checked, addresses } = start;
  const kept = await findProcessRecord(paths, name);
  if (kept && isSameProcess(kept.identity)) return false;
  start.signal?.throwIfAborted();
  if (kept) start.onProgress(`${name} had ended (process ${kept.identity.pid}); starting it again`);
  const ports = addresses.ports[name] ?? {};
  const healthUrl = `http://127.0.0.1:${ports[plan.health.port]}${plan.health.path}`;
  const spawned = await spawnProgram(paths, {
    name,
    script: path.join(checked.root, plan.script),
    arguments: plan.arguments,
    environment: {
      ...start.environment,
      ...resolveEnvironment(plan.environment, listReferences(checked.plan, addresses, name)),
    },
    directory: checked.root,
  });
  const { identity, log } = spawned;
  await saveProcessRecord(paths, {
    name,
    kind: "process",
    identity,
    startedAt: new Date().toISOString(),
    ports: { ...ports },
    healthUrl,
    log,
  });
  onSpawned();
  await untilHealthy(name, spawned, healthUrl, start.signal);
  spawned.release();
  return true;
}

async function untilHealthy(
  name: string,
  spawned: Spawned,
  healthUrl: string,
  interrupted?: AbortSignal,
): Promise<void> {
  const health = { why: "it has not answered yet" };
  const { ended, log } = spawned;
  const over = new AbortController();
  const signal = interrupted ? AbortSignal.any([over.signal, interrupted]) : over.signal;
  const healthy = waitFor(
    `${name} to be healthy`,
    async () => {
      const answer = await askHealth(healthUrl);
      if (!answer.well) health.why = answer.why;
      return answer.well;
    },
    { limitMs: HEALTHY_WITHIN_MS, everyMs: 40, signal },
  ).catch(() => `it ${health.why} after ${HEALTHY_WITHIN_MS / 1000} s`);
  const failure = await Promise.race([healthy.then((answer) => (answer === true ? undefined : answer)), ended]);
  over.abort();
  interrupted?.throwIfAborted();
  if (failure !== undefined) throw new ProcessDidNotStartError(name, failure, log, await lastWords(spawned));
}

async function endRecorded(paths: StatePaths, name: string): Promise<void> {
  const record = await findProcessRecord(paths, name);
  if (record) await endProcess(record.identity);
  await removeProcessRecord(paths, name);
}
