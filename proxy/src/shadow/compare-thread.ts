// Compares what it is sent, one pair after the other, beside the thread that serves customers.
import { parentPort } from "node:worker_threads";
import { compareAnswers } from "./compare.ts";
import type { CompareAnswer, CompareQuestion } from "./comparer.ts";

parentPort?.on("message", ({ id, control, candidate, rules }: CompareQuestion) => {
  parentPort?.postMessage({ id, comparison: compareAnswers(control, candidate, rules) } satisfies CompareAnswer);
});
