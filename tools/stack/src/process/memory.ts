import { readFileSync } from "node:fs";
import { withDescendants } from "./tree.ts";

/**
 * The proportional set size of processes and all their children, in bytes: a page that several processes share (PostgreSQL's
 * buffers, Node's program text) counts once in the sum. undefined where the system does not tell.
 */
export function proportionalSetSize(pids: readonly number[]): number | undefined {
  if (process.platform !== "linux") return undefined;
  return withDescendants(pids).reduce((sum, pid) => sum + sizeOf(pid), 0);
}

// --- internal ---

function sizeOf(pid: number): number {
  try {
    const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    // It has ended since it was listed, or belongs to another user.
    return 0;
  }
}
