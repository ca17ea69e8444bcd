// What a helping thread runs: reads shares of the job it was started with and sends them back.
import { parentPort, workerData } from "node:worker_threads";
import { takeShares, type ReadingJob } from "./read-shares.ts";

for (const share of takeShares(workerData as ReadingJob)) parentPort?.postMessage(share);
