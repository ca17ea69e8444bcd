import type { Contender } from "./contenders.ts";
import { cpuSecondsOf, median } from "./processes.ts";
import { hammer } from "./wrk.ts";

const ROUNDS = 5;

/** Of one contender: requests per CPU-second of its processes, and a second, median of the rounds. */
export type Throughput = { name: string; perCpuSecond: number; perSecond: number; rounds: number[] };

/** Small GET over 32 keep-alive connections, round by round in turn: what else the machine does meets all of them. */
export async function measureThroughput(
  contenders: readonly Contender[],
  progress: (line: string) => void,
): Promise<Throughput[]> {
  const seen = new Map<string, { perCpuSecond: number; perSecond: number }[]>();
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { name, url, pid } of contenders) {
      const before = await cpuSecondsOf(pid);
      const { requests, seconds } = await hammer(`${url}/api/things/7?a=b`);
      const perCpuSecond = requests / ((await cpuSecondsOf(pid)) - before);
      progress(`${round === 0 ? "warm-up" : `round ${round}`}: ${name} ${Math.round(perCpuSecond)}/CPU-s`);
      if (round > 0) seen.set(name, [...(seen.get(name) ?? []), { perCpuSecond, perSecond: requests / seconds }]);
    }
  }
  return [...seen].map(([name, rounds]) => ({
    name,
    perCpuSecond: Math.round(median(rounds.map((round) => round.perCpuSecond))),
    perSecond: Math.round(median(rounds.map((round) => round.perSecond))),
    rounds: rounds.map((round) => Math.round(round.perCpuSecond)),
  }));
}
