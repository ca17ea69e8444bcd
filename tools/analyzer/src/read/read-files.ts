import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { StoredReading } from "./read-file.ts";
import type { ReadingJob, ReadingShare } from "./read-shares.ts";

/** Called as files are read. */
export type Progress = (done: number, all: number) => void;

export type ReadFilesOptions = {
  onProgress?: Progress | undefined;
  /** How many threads read, this one included. By default three for many files on four cores or more, else one. */
  threads?: number | undefined;
};

/** Reads every file by itself, on several threads. The result is in the order of `paths`, whoever read what. */
export async function readFiles(
  root: string,
  paths: readonly string[],
  options: ReadFilesOptions = {},
): Promise<StoredReading[]> {
  const job = createJob(root, paths);
  const readings: StoredReading[] = [];
  const put: Put = (share) => {
    share.readings.forEach((reading, index) => (readings[share.start + index] = reading));
  };
  // Helpers start before this thread loads the parser, so that all load it at the same time.
  const helpers = Array.from({ length: (options.threads ?? usualThreads(paths.length)) - 1 }, () =>
    startHelper(job, put),
  );
  const { takeShares } = await import("./read-shares.ts");
  for (const share of takeShares(job)) {
    put(share);
    options.onProgress?.(share.start + share.readings.length, paths.length);
    if (helpers.length > 0) await setImmediate(); // lets the helpers' results in
  }
  await Promise.all(helpers);
  return readRest(job, readings);
}

// --- internal ---

type Put = (share: ReadingShare) => void;

function createJob(root: string, paths: readonly string[]): ReadingJob {
  return { root, paths: [...paths], next: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) };
}

// Each thread loads and warms up a parser of its own, a quarter of a second and 200 MB: on two cores that is more than it
// gains (8.3 s instead of 5.4 s for 2,226 files). Beyond three threads, collecting the results is what takes the time.
const FILES_WORTH_A_HELPER = 300;
const FEWEST_CORES = 4;
const MOST_THREADS = 3;

function usualThreads(files: number): number {
  return files < FILES_WORTH_A_HELPER || availableParallelism() < FEWEST_CORES ? 1 : MOST_THREADS;
}

// The source runs as it is, the package as it was built.
const HELPER = new URL(`./read-files-helper.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`, import.meta.url);

// A helper that fails (no memory, no thread to be had) leaves the files it has taken to this thread.
function startHelper(job: ReadingJob, put: Put, stackSizeMb = 4): Promise<void> {
  return new Promise((resolve) => {
    const worker = new Worker(HELPER, { workerData: job, resourceLimits: { stackSizeMb } });
    worker.on("message", put).on("error", () => undefined);
    worker.on("exit", () => {
      resolve();
    });
  });
}

async function readRest(job: ReadingJob, readings: StoredReading[]): Promise<StoredReading[]> {
  const { readFile } = await import("./read-file.ts");
  const complete = job.paths.map((path, index) => readings[index] ?? readFile(job.root, path));
  const deep = job.paths.filter((_, index) => complete[index]?.json === null);
  const again = deep.length === 0 ? new Map<string, StoredReading>() : await readDeepFiles(job.root, deep);
  return complete.map((reading, index) => again.get(job.paths[index] ?? "") ?? reading);
}

const DEEP_STACK_MB = 256;

// Threads differ in how deep their stacks are; the one with the deepest has the last word, whoever came to the file.
async function readDeepFiles(root: string, paths: readonly string[]): Promise<Map<string, StoredReading>> {
  const readings = new Map<string, StoredReading>();
  await startHelper(
    createJob(root, paths),
    (share) => {
      share.readings.forEach((reading, index) => readings.set(paths[share.start + index] ?? "", reading));
    },
    DEEP_STACK_MB,
  );
  return readings;
}
