import { readdirSync, readFileSync } from "node:fs";

/**
 * The proportional set size of processes and all their children, in bytes: a page that several processes share (PostgreSQL's
 * buffers, Node's program text) counts once in the sum. undefined where the system does not tell.
 */
export function proportionalSetSize(pids: readonly number[]): number | undefined {
  if (process.platform !== "linux") return undefined;
  return withDescendants(pids).reduce((sum, pid) => sum + sizeOf(pid), 0);
}

// --- internal ---

function withDescendants(pids: readonly number[]): number[] {
  const children = childrenByParent();
  const found = new Set<number>();
  const walk = (pid: number) => {
    if (found.has(pid)) return;
    found.add(pid);
    children.get(pid)?.forEach(walk);
  };
  pids.forEach(walk);
  return [...found];
}

function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const stat = tryRead(`/proc/${entry}/stat`);
    if (stat === undefined) continue;
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  return children;
}

function sizeOf(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(tryRead(`/proc/${pid}/smaps_rollup`) ?? "")?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

function tryRead(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
