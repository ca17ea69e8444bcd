// How long a verification of equal tables takes beside the servers' own COPY of the same rows as text to nowhere, what it sends over the
// wire, whether it finds one flipped bit, whether it cries wolf under load, and whether repairs under load lose anything.
//
// Short: npm run bench -- verify --rows 200000

import {
  findFlippedBit,
  countFalseAlarms,
  mendDivergences,
  type FlippedBit,
  type Mended,
  type UnderLoad,
} from "./verify/findings.ts";
import { measureShipped, measureSpeed, type Shipped, type Speed } from "./verify/speed.ts";
import { setUp } from "./verify/stage.ts";
import type { BenchOptions, BenchResult } from "./result.ts";

export async function run({ progress, rows = FULL.rows }: BenchOptions): Promise<BenchResult> {
  const scale = rows >= FULL.rows ? FULL : SHORT;
  const stage = await setUp(rows, progress);
  try {
    const speeds = await measureSpeed(stage, scale.rounds);
    for (const { copyMs, bothCopyMs, verifyMs } of speeds) {
      progress(`COPY ${copyMs} ms, on both servers at once ${bothCopyMs} ms, verification ${verifyMs} ms`);
    }
    const shipped = await measureShipped(stage);
    progress(`${shipped.bytes} bytes sent for ${shipped.textBytes} bytes of rows`);
    const flipped = await findFlippedBit(stage, rows);
    progress(`flipped bit in row ${flipped.id}: ${flipped.named ? "named" : "NOT NAMED"} after ${flipped.ms} ms`);
    const load = await countFalseAlarms(stage, scale.runs, progress);
    const mended = await mendDivergences(stage, scale.divergences, progress);
    return describe(rows, speeds, shipped, flipped, load, mended);
  } finally {
    await stage.close();
  }
}

// --- internal ---

const FULL = { rows: 10_000_000, rounds: 3, runs: 200, divergences: 10_000 };
const SHORT = { rounds: 3, runs: 10, divergences: 1_000 };

function describe(
  rows: number,
  speeds: readonly Speed[],
  shipped: Shipped,
  flipped: FlippedBit,
  load: UnderLoad,
  mended: Mended,
): BenchResult {
  const of = (what: keyof Speed) => median(speeds.map((speed) => speed[what]));
  const ratios = {
    verify_vs_copy_text: round(of("verifyMs") / of("copyMs"), 2),
    verify_vs_copy_text_on_both: round(of("verifyMs") / of("bothCopyMs"), 2),
    bytes_shipped_share: round(shipped.bytes / shipped.textBytes, 6),
  };
  return {
    name: "verify",
    ratios,
    table: [
      ["", "yardstick", "strangler", "ratio"],
      [
        `${rows} rows: COPY as text to nowhere, verification, ms`,
        of("copyMs"),
        of("verifyMs"),
        ratios.verify_vs_copy_text,
      ],
      ["the same, COPY on both servers at once", of("bothCopyMs"), of("verifyMs"), ratios.verify_vs_copy_text_on_both],
      ["bytes of the rows as text, bytes sent", shipped.textBytes, shipped.bytes, ratios.bytes_shipped_share],
      ["one flipped bit: found and named, ms", 1, Number(flipped.named), flipped.ms],
      [
        "verifications under load, false alarms",
        load.runs,
        load.outcomes.different,
        load.outcomes["could not compare"],
      ],
      ["divergences under load, newer rows lost", mended.divergences, mended.lost, Number(mended.equal)],
    ],
    notes: [
      `Medians of ${speeds.length} rounds, COPY and verification in turns; one process of each server, both servers on this machine.`,
      `Under load: ${load.transactionsPerSecond} write transactions/s; of ${load.runs} verifications ${load.outcomes.equal} said equal, ` +
        `${load.outcomes.different} different (each would be a false alarm), ${load.outcomes["could not compare"]} that they could not compare (last column).`,
      `Repair: ${mended.divergences} random divergences in ${mended.rounds} rounds, ${mended.repaired} rows read anew, the rest overwritten by the stream before; ` +
        `${mended.lost} rows without the version that was committed last; all rows ${mended.equal ? "equal" : "NOT EQUAL"} at the end (last column).`,
    ],
    figures: { rows, speeds, shipped, flipped, load, mended },
  };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
