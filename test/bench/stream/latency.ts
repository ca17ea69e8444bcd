// How long a row takes from the source's commit to the target's, at a steady rate; each side alone, in turns. Both moments are the servers' own:
// each is noted when the row is about to be committed.

import { waitFor } from "@strangler/test-kit";
import type pg from "pg";
import { SIDES, type Side, type Stage } from "./stage.ts";

export type Latency = { p50: number; p99: number; rate: number };

const SECONDS = 8;

/** Milliseconds by side, `rounds` of each. */
export async function measureLatencies(
  stage: Stage,
  rate: number,
  rounds: number,
  progress: (line: string) => void,
): Promise<Record<Side, Latency[]>> {
  const measured: Record<Side, Latency[]> = { native: [], ours: [] };
  // Only log that is flushed is sent: after an asynchronous commit that is up to wal_writer_delay (200 ms) later.
  await stage.source.query("SET synchronous_commit = on");
  for (let round = 1; round <= rounds; round += 1) {
    const order = round % 2 === 1 ? SIDES : [...SIDES].reverse();
    for (const side of order) {
      const latency = await measure(stage, side, rate);
      measured[side].push(latency);
      const { p50, p99, rate: reached } = latency;
      progress(`latency ${round} of ${rounds}, ${side}: p50 ${p50} ms, p99 ${p99} ms at ${reached}/s`);
    }
  }
  return measured;
}

// --- internal ---

let next = 0;

async function measure(stage: Stage, side: Side, rate: number): Promise<Latency> {
  await stage.start(side);
  // Whatever the other side's turn has left behind is taken in before the clock matters.
  await beat(stage, side, rate, 1);
  const first = next;
  await beat(stage, side, rate, SECONDS);
  const latency = await latencyOf(stage, side, first, next - 1);
  await stage.stop(side);
  return latency;
}

async function beat(stage: Stage, side: Side, rate: number, seconds: number): Promise<void> {
  await stage.source.query(`CALL steady_beats(${next}, ${rate}, ${seconds})`);
  next += rate * seconds;
  await waitFor("the last beat", () => hasBeat(stage.targets[side], next - 1), { limitMs: 60_000 });
}

async function hasBeat(target: pg.Client, id: number): Promise<boolean> {
  const { rows } = await target.query(
    "SELECT 1 FROM beats WHERE id = $1 UNION ALL SELECT 1 FROM probes WHERE id = $1",
    [id],
  );
  return rows.length === 1;
}

async function latencyOf(stage: Stage, side: Side, first: number, last: number): Promise<Latency> {
  const { rows } = await stage.targets[side].query<{ sent: string; ms: string }>(
    `SELECT extract(epoch FROM p.sent_at) AS sent, extract(epoch FROM a.at - p.sent_at) * 1000 AS ms
     FROM probes p JOIN arrivals a ON a.what = 'probes' AND a.id = p.id WHERE p.id BETWEEN $1 AND $2 ORDER BY p.id`,
    [first, last],
  );
  const ms = rows.map((row) => Number(row.ms)).sort((a, b) => a - b);
  const seconds = Number(rows.at(-1)?.sent) - Number(rows[0]?.sent);
  const percentile = (share: number) => Math.round((ms[Math.floor(ms.length * share)] ?? 0) * 100) / 100;
  return { p50: percentile(0.5), p99: percentile(0.99), rate: Math.round((last - first) / seconds) };
}
