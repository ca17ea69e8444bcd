import { errorCode } from "@strangler/platform";
import { Agent, request } from "undici";
import type { HealthPlan } from "./pool-plan.ts";

export type HealthChecks = {
  /** Checks exactly these origins from now on, a new one at once. */
  watch: (origins: Iterable<string>) => void;
  close: () => void;
};

/** Asks every origin again and again. `judged` gets each outcome: why the check failed, or undefined when it passed. */
export function startHealthChecks(
  plan: HealthPlan,
  judged: (origin: string, complaint: string | undefined) => void,
): HealthChecks {
  // A new connection for every check: an instance that takes no more connections is not well, however well its old ones work.
  const agent = new Agent({ pipelining: 0, connect: { timeout: plan.withinMs } });
  const timers = new Map<string, NodeJS.Timeout>();

  function schedule(origin: string, delayMs: number): void {
    const timer = setTimeout(() => void check(origin), delayMs);
    timer.unref();
    timers.set(origin, timer);
  }

  async function check(origin: string): Promise<void> {
    const complaint = await findComplaint(agent, origin, plan);
    if (!timers.has(origin)) return;
    judged(origin, complaint);
    // A tenth more or less, so that many proxies do not ask in step.
    schedule(origin, plan.everyMs * (0.9 + Math.random() * 0.2));
  }

  function forget(origin: string): void {
    clearTimeout(timers.get(origin));
    timers.delete(origin);
  }

  return {
    watch: (origins) => {
      const wanted = new Set(origins);
      for (const origin of [...timers.keys()]) if (!wanted.has(origin)) forget(origin);
      for (const origin of wanted) if (!timers.has(origin)) schedule(origin, 0);
    },
    close: () => {
      for (const origin of [...timers.keys()]) forget(origin);
      void agent.destroy();
    },
  };
}

// --- internal ---

// What an answer's body may have; nobody reads it.
const BODY_BYTES = 65_536;

async function findComplaint(
  agent: Agent,
  origin: string,
  { path, withinMs }: HealthPlan,
): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(withinMs);
    const headers = { "user-agent": "strangler-health-check" };
    const { statusCode, body } = await request(`${origin}${path}`, { dispatcher: agent, signal, headers });
    await body.dump({ limit: BODY_BYTES, signal });
    return statusCode >= 200 && statusCode < 300 ? undefined : `answered ${statusCode}`;
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${withinMs} ms`;
    return errorCode(error) ?? (error instanceof Error ? error.message : String(error));
  }
}
