import { readFile, type StoredReading } from "./read-file.ts";

/** Files to read, shared by several threads: each takes the next few that nobody has taken. */
export type ReadingJob = {
  root: string;
  paths: string[];
  /** Shared memory: the number of files taken so far. */
  next: Int32Array<SharedArrayBuffer>;
};

export type ReadingShare = { start: number; readings: StoredReading[] };

const FILES_IN_A_SHARE = 16;

/** Reads shares until nothing is left. */
export function* takeShares(job: ReadingJob): Generator<ReadingShare> {
  for (;;) {
    const start = Atomics.add(job.next, 0, FILES_IN_A_SHARE);
    if (start >= job.paths.length) return;
    const paths = job.paths.slice(start, start + FILES_IN_A_SHARE);
    yield { start, readings: paths.map((path) => readFile(job.root, path)) };
  }
}
