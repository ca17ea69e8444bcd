import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { startProcess } from "@strangler/test-kit";
import { readCpuSeconds } from "../cpu-time.ts";

const run = promisify(execFile);

/** What ends what has been started, last first. */
export type Endings = (() => Promise<void>)[];

/** Starts a script of this folder that prints its port as JSON. */
export async function startScript(script: string, args: string[], endings: Endings, env: Record<string, string> = {}) {
  const running = startProcess({ script, args, env });
  endings.push(() => running.kill("SIGKILL"));
  const { port } = JSON.parse(await running.waitForLine(/^\{"port"/)) as { port: number };
  return { port, pid: running.pid, running };
}

/** A process and those it has started itself. */
export async function familyOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return [pid, ...children.trim().split(" ").filter(Boolean).map(Number)];
}

/** CPU seconds used so far by a process and its children. */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const each = await Promise.all((await familyOf(pid)).map(readCpuSeconds));
  return each.reduce<number>((sum, seconds) => sum + (seconds ?? 0), 0);
}

/** Resident memory of a process and its children, in KiB. */
export async function residentKiBOf(pid: number): Promise<number> {
  const each = await Promise.all(
    (await familyOf(pid)).map(async (one) => {
      const status = await readFile(`/proc/${one}/status`, "utf8").catch(() => "");
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
    }),
  );
  return each.reduce((sum, kiB) => sum + kiB, 0);
}

/** Binds a process, its threads and its children to some cores. Answers false where that cannot be done. */
export async function pin(pid: number, cores: string): Promise<boolean> {
  const pinned = (await familyOf(pid)).map((one) => run("taskset", ["-a", "-c", "-p", cores, String(one)]));
  return Promise.all(pinned).then(
    () => true,
    () => false,
  );
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

export function rounded(value: number, digits = 2): number {
  return Number(value.toFixed(digits));
}
