// One kind of misfortune, again and again, at random moments, while the source is written to. Afterwards every row is counted;
// meanwhile a reader looks at one snapshot of the target after another.
import { setTimeout as pause } from "node:timers/promises";
import { readSourcePosition, verifyStream, waitUntilApplied } from "@strangler/cdc";
import { disturb, needsOf, type Kind } from "./kinds.ts";
import { LEDGER, startReader, startWriters } from "./ledger.ts";
import { createStage, type Stage } from "./stage.ts";

export type KindOptions = {
  kind: Kind;
  /** How often it happens. */
  kills: number;
  progress?: (line: string) => void;
};

export type KindReport = {
  kind: Kind;
  kills: number;
  /** How many of them hit the process while it was still copying, or had not yet begun to follow. */
  killsBeforeFollowing: number;
  transactions: number;
  rows: number;
  lost: number;
  doubled: number;
  /** Rows that were seen to go back to an earlier state. */
  reordered: number;
  torn: number;
  /** Snapshots of the target that were looked at while it was written to. */
  snapshots: number;
  seconds: number;
};

/** Runs it. Throws when the stream does not come back, or gives up by itself. */
export async function runKind({ kind, kills, progress = () => undefined }: KindOptions): Promise<KindReport> {
  const startedAt = performance.now();
  const needs = needsOf(kind);
  const stage = await createStage(needs);
  try {
    const writers = startWriters(stage.source.url(), needs.large);
    const reader = startReader(stage.target.url());
    for (let kill = 1; kill <= kills; kill += 1) {
      await pause(Math.random() * 700);
      await disturb(kind, stage);
      stage.stream.assertAlive();
      if (kill % 10 === 0 || kill === kills) progress(`${kind}: ${kill} of ${kills}`);
    }
    const transactions = await writers.stop();
    await catchUp(stage);
    const { snapshots, torn, reordered } = await reader.stop();
    const { tables } = await verifyStream({ plan: LEDGER, addresses: stage.addresses });
    return {
      kind,
      kills,
      killsBeforeFollowing: stage.stream.killedEarly(),
      transactions,
      rows: sum(tables.map(({ rows }) => rows)),
      lost: sum(tables.map(({ differences }) => differences.missing + differences.changed)),
      doubled: sum(tables.map(({ differences }) => differences.extra)),
      reordered,
      torn,
      snapshots,
      seconds: Math.round((performance.now() - startedAt) / 1000),
    };
  } finally {
    await stage.close();
  }
}

export function isClean({ lost, doubled, reordered, torn }: KindReport): boolean {
  return lost + doubled + reordered + torn === 0;
}

// --- internal ---

const CATCH_UP_LIMIT_MS = 180_000;

async function catchUp({ stream, addresses }: Stage): Promise<void> {
  await stream.follows();
  const position = await readSourcePosition(addresses.source);
  await waitUntilApplied(LEDGER, addresses, position, { limitMs: CATCH_UP_LIMIT_MS });
  stream.assertAlive();
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
