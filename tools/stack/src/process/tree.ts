import { readdirSync, readFileSync } from "node:fs";

/** The processes and all that they have started, directly or not. Only themselves where the system does not tell. */
export function withDescendants(pids: readonly number[]): number[] {
  const children = process.platform === "linux" ? childrenByParent() : new Map<number, number[]>();
  const found = new Set<number>();
  const walk = (pid: number) => {
    if (found.has(pid)) return;
    found.add(pid);
    children.get(pid)?.forEach(walk);
  };
  pids.forEach(walk);
  return [...found];
}

// --- internal ---

function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const parent = parentOf(entry);
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  return children;
}

function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    // It has ended since the folder was read.
    return undefined;
  }
}
