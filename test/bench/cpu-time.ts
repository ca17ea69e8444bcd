import { readdir, readFile } from "node:fs/promises";

/**
 * Seconds of CPU, in user and kernel mode, that the living threads of a process have used, to the nanosecond: the scheduler's own
 * count, and not the ticks of 10 ms, which are sampled. Undefined where there is no /proc.
 */
export async function readCpuSeconds(pid: number): Promise<number | undefined> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => undefined);
  if (threads === undefined) return undefined;
  const each = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/schedstat`, "utf8").catch(() => "0")),
  );
  return each.reduce((sum, text) => sum + Number(text.split(" ", 1)[0]), 0) / 1e9;
}
