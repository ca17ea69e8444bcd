import { readFile } from "node:fs/promises";

// Linux counts a process's time in ticks of 10 ms.
const TICKS_A_SECOND = 100;

/** Seconds of CPU, in user and kernel mode, that a process has used. Undefined where there is no /proc. */
export async function readCpuSeconds(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  if (stat === undefined) return undefined;
  // The second field, the name, may hold blanks and parentheses; the rest does not.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
