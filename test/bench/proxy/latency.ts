import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { Contender } from "./contenders.ts";
import { median, rounded } from "./processes.ts";

const run = promisify(execFile);
const CLIENT = path.resolve(import.meta.dirname, "steady-client.ts");
const ROUNDS = 5;

export type Latency = { name: string; p50: number; p99: number; rounds: number[] };

/** Delays at the same fixed rate for all, from the moment a request was due. Milliseconds, medians of the rounds. */
export async function measureLatency(
  contenders: readonly Contender[],
  rate: number,
  progress: (line: string) => void,
): Promise<Latency[]> {
  const seen = new Map<string, { p50: number; p99: number }[]>();
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const { name, url } of contenders) {
      const args = [CLIENT, new URL(url).host, "/api/things/7?a=b", String(rate), "3"];
      const { stdout } = await run("taskset", ["-c", "1", process.execPath, ...args]);
      const delays = JSON.parse(stdout) as { p50: number; p99: number };
      progress(`${rate}/s, round ${round}: ${name} p50 ${rounded(delays.p50)} ms, p99 ${rounded(delays.p99)} ms`);
      seen.set(name, [...(seen.get(name) ?? []), delays]);
    }
  }
  return [...seen].map(([name, rounds]) => ({
    name,
    p50: rounded(median(rounds.map(({ p50 }) => p50)), 3),
    p99: rounded(median(rounds.map(({ p99 }) => p99)), 3),
    rounds: rounds.map(({ p99 }) => rounded(p99, 3)),
  }));
}
