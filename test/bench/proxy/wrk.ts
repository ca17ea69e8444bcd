import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

export type WrkRound = { requests: number; seconds: number };

/** Whether wrk is here: a load generator that needs less of a core than what it asks. `apt-get install wrk`. */
export async function hasWrk(): Promise<boolean> {
  return run("wrk", ["-v"]).then(
    () => true,
    // It ends with 1 after printing its version.
    (error: { code?: unknown }) => error.code === 1,
  );
}

/** Closed loop, keep-alive. Throws when an answer was no 2xx, or a connection failed. */
export async function hammer(url: string, { connections = 32, seconds = 2, core = "1" } = {}): Promise<WrkRound> {
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "-H", "cookie: sid=customer-7", "-H", "accept: */*", url];
  const { stdout } = await run("taskset", ["-c", core, "wrk", ...args]);
  const [, requests, took] = /(\d+) requests in ([\d.]+)s/.exec(stdout) ?? [];
  if (requests === undefined || took === undefined || /Non-2xx|Socket errors/.test(stdout)) {
    throw new Error(`${url} did not answer everything:\n${stdout}`);
  }
  return { requests: Number(requests), seconds: Number(took) };
}
