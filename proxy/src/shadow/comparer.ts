import path from "node:path";
import { Worker } from "node:worker_threads";
import { NoAnswerError } from "./asker.ts";
import { compareAnswers, type Answer, type Comparison } from "./compare.ts";
import type { ShadowRules } from "./shadow-rule.ts";

export type Compare = (control: Answer, candidate: Answer, rules: ShadowRules) => Comparison | Promise<Comparison>;

export type Comparer = { compare: Compare; close: () => void };

/** What goes to the thread that compares, and what comes back. */
export type CompareQuestion = { id: number; control: Answer; candidate: Answer; rules: ShadowRules };
export type CompareAnswer = { id: number; comparison: Comparison };

export type ComparerLimits = {
  /** Of both bodies together: up to here a comparison takes less than handing it over. */
  inlineBytes: number;
  withinMs: number;
};

export const COMPARER_LIMITS: ComparerLimits = { inlineBytes: 4_096, withinMs: 5_000 };

/**
 * Compares without keeping customers waiting: a large page takes hundreds of milliseconds to read, which the event loop that serves
 * them does not have. So large bodies that differ go to a thread of their own, which is started when it is first needed, and ended
 * when it takes too long or too much. Rejects with NoAnswerError then.
 */
export function createComparer({ inlineBytes, withinMs }: ComparerLimits = COMPARER_LIMITS): Comparer {
  let thread: Worker | undefined;
  let lastId = 0;
  const waiting = new Map<number, Waiting>();

  function threadInUse(): Worker {
    if (thread !== undefined) return thread;
    const started = startThread();
    started.on("message", ({ id, comparison }: CompareAnswer) => settle(id, ({ resolve }) => resolve(comparison)));
    started.on("error", () => end(started));
    started.on("exit", () => end(started));
    thread = started;
    return started;
  }

  function settle(id: number, how: (question: Waiting) => void): void {
    const question = waiting.get(id);
    if (question === undefined) return;
    waiting.delete(id);
    clearTimeout(question.deadline);
    how(question);
  }

  // Whoever still waits for it waits in vain; the next question starts another.
  function end(ended: Worker): void {
    if (thread !== ended) return;
    thread = undefined;
    void ended.terminate();
    for (const id of [...waiting.keys()]) settle(id, ({ reject }) => reject(new NoAnswerError("not compared")));
  }

  function ask(control: Answer, candidate: Answer, rules: ShadowRules): Promise<Comparison> {
    const worker = threadInUse();
    return new Promise((resolve, reject) => {
      const id = (lastId += 1);
      const deadline = setTimeout(() => end(worker), withinMs);
      waiting.set(id, { resolve, reject, deadline: deadline.unref() });
      worker.postMessage({ id, control, candidate, rules } satisfies CompareQuestion);
    });
  }

  return {
    compare: (control, candidate, rules) => {
      const isCheap = control.body === candidate.body || control.body.length + candidate.body.length <= inlineBytes;
      return isCheap ? compareAnswers(control, candidate, rules) : ask(control, candidate, rules);
    },
    close: () => {
      if (thread !== undefined) end(thread);
    },
  };
}

// --- internal ---

type Waiting = {
  resolve: (comparison: Comparison) => void;
  reject: (error: Error) => void;
  deadline: NodeJS.Timeout;
};

// What is read of two bodies takes many times their size; a thread that needs more is ended, and not the process.
const THREAD_MIB = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 32 };

function startThread(): Worker {
  // Type stripping knows these files as .ts, a packed installation as .js.
  const file = path.join(import.meta.dirname, `compare-thread${path.extname(import.meta.filename)}`);
  const worker = new Worker(file, { resourceLimits: THREAD_MIB, env: {} });
  worker.unref();
  return worker;
}
