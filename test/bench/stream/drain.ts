// A backlog that is drained by each side alone, in turns. Its clock is the servers' own: it begins when the sender's session begins at
// the source, and ends when the target is about to commit a mark that is the backlog's last change. On the target a deferred
// trigger notes the moment. (The commit time that PostgreSQL itself keeps would not do: its own apply worker writes the source's
// commit time there.)

import { waitFor } from "@strangler/test-kit";
import type pg from "pg";
import { SIDES, type CpuSeconds, type Side, type Stage } from "./stage.ts";
import { callOf, WORKLOADS, type Workload } from "./workloads.ts";

export type Drained = { perSecond: number; perCpuSecond: number; cpuUsPerChange: CpuSeconds };
export type Backlog = { workload: string } & Record<Side, Drained>;

/** Measures every workload `rounds` times. The first round proves that both are right and warms them; it is not counted. */
export async function measureBacklogs(
  stage: Stage,
  rounds: number,
  progress: (line: string) => void,
  workloads: readonly Workload[] = WORKLOADS,
): Promise<Backlog[]> {
  const measured: Backlog[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    for (const workload of workloads) {
      const mark = await generate(stage, workload);
      const order = round % 2 === 0 ? SIDES : [...SIDES].reverse();
      const drained: Partial<Record<Side, Drained>> = {};
      for (const side of order) drained[side] = await drain(stage, side, mark, workload.changes);
      await assertEqual(stage, workload.table);
      const { native, ours } = drained as Record<Side, Drained>;
      if (round > 0) measured.push({ workload: workload.name, native, ours });
      const name = round === 0 ? "proof" : `round ${round} of ${rounds}`;
      progress(`${name}, ${workload.label}: native ${native.perSecond}/s, ours ${ours.perSecond}/s`);
    }
  }
  return measured;
}

// --- internal ---

let marks = 0;

async function generate({ source }: Stage, workload: Workload): Promise<number> {
  await source.query(callOf(workload));
  marks += 1;
  await source.query("INSERT INTO marks VALUES ($1)", [marks]);
  return marks;
}

/** The backlog's changes by seconds from the start of the sender's session to the mark's arrival, and by CPU seconds. */
async function drain(stage: Stage, side: Side, mark: number, changes: number): Promise<Drained> {
  const slot = side === "native" ? "native" : "strangler_bench";
  await stage.start(side);
  const cpuBefore = await stage.cpuSeconds(side);
  const began = await waitFor("its sender", async () => {
    const { rows } = await stage.source.query<{ began: string }>(
      "SELECT extract(epoch FROM a.backend_start) AS began FROM pg_stat_activity a JOIN pg_replication_slots s ON s.active_pid = a.pid WHERE s.slot_name = $1",
      [slot],
    );
    return rows[0]?.began;
  });
  const ended = await waitFor("the mark", () => arrivalOf(stage.targets[side], mark), {
    limitMs: 120_000,
    everyMs: 50,
  });
  const cpuAfter = await stage.cpuSeconds(side);
  await stage.stop(side);
  const us = (who: keyof CpuSeconds) => ((cpuAfter[who] - cpuBefore[who]) / changes) * 1e6;
  const cpuUsPerChange = { sender: us("sender"), writer: us("writer"), stream: us("stream") };
  return {
    perSecond: Math.round(changes / (Number(ended) - Number(began))),
    perCpuSecond: Math.round(1e6 / (cpuUsPerChange.sender + cpuUsPerChange.writer + cpuUsPerChange.stream)),
    cpuUsPerChange,
  };
}

async function arrivalOf(target: pg.Client, mark: number): Promise<string | undefined> {
  const { rows } = await target.query<{ at: string }>(
    "SELECT extract(epoch FROM at) AS at FROM arrivals WHERE what = 'marks' AND id = $1",
    [mark],
  );
  return rows[0]?.at;
}

async function assertEqual({ source, targets }: Stage, table: string): Promise<void> {
  const sums = await Promise.all([source, targets.native, targets.ours].map((client) => fingerprint(client, table)));
  if (new Set(sums).size !== 1) throw new Error(`The rows are not equal: ${sums.join(", ")}`);
}

async function fingerprint(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query<{ sum: string }>(
    `SELECT count(*) || ' ' || sum(hashtextextended(t::text, 0)) AS sum FROM ${table} AS t`,
  );
  return rows[0]?.sum ?? "";
}
