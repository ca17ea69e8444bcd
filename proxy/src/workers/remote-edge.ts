import type { Worker } from "node:cluster";
import type { AnswerOf, ArgumentOf, EdgeCall, FromWorker, ToWorker } from "./messages.ts";

/** An edge in another process. */
export type RemoteEdge = {
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  /** Rejects when the worker is gone, or has not answered within the time. */
  ask: <Call extends EdgeCall>(call: Call, argument: ArgumentOf<Call>, withinMs?: number) => Promise<AnswerOf<Call>>;
};

type Question = { resolve: (value: unknown) => void; reject: (error: Error) => void; deadline: NodeJS.Timeout };

const ANSWER_WITHIN_MS = 5_000;

/** Has a forked worker begin to serve. Rejects when it cannot, with the exit code that its error is known by. */
export function startRemoteEdge(
  worker: Worker,
  start: Extract<ToWorker, { start: unknown }>["start"],
): Promise<RemoteEdge> {
  const questions = new Map<number, Question>();
  let lastId = 0;

  function ask<Call extends EdgeCall>(call: Call, argument: ArgumentOf<Call>, withinMs = ANSWER_WITHIN_MS) {
    return new Promise<AnswerOf<Call>>((resolve, reject) => {
      const id = (lastId += 1);
      const deadline = setTimeout(() => {
        questions.delete(id);
        reject(new Error(`worker ${worker.process.pid} did not answer ${call} within ${withinMs} ms`));
      }, withinMs);
      questions.set(id, { resolve: resolve as (value: unknown) => void, reject, deadline });
      worker.send({ id, call, argument } satisfies ToWorker, (error) => {
        if (error) settle(id, (question) => question.reject(error));
      });
    });
  }

  function settle(id: number, how: (question: Question) => void): void {
    const question = questions.get(id);
    if (question === undefined) return;
    questions.delete(id);
    clearTimeout(question.deadline);
    how(question);
  }

  return new Promise((resolve, reject) => {
    worker.on("message", (message: FromWorker) => {
      if ("ready" in message) resolve({ pid: worker.process.pid ?? 0, ...message.ready, ask });
      else if ("failed" in message) reject(knownBy(message.failed));
      else if ("error" in message) settle(message.id, (question) => question.reject(new Error(message.error)));
      else settle(message.id, (question) => question.resolve(message.value));
    });
    worker.once("exit", () => {
      const gone = new Error(`worker ${worker.process.pid} is gone`);
      reject(gone);
      for (const id of [...questions.keys()]) settle(id, (question) => question.reject(gone));
    });
    worker.send({ start } satisfies ToWorker);
  });
}

// --- internal ---

function knownBy({ message, exitCode }: { message: string; exitCode: number | undefined }): Error {
  return Object.assign(new Error(message), exitCode === undefined ? {} : { exitCode, code: "WORKER_FAILED" });
}
