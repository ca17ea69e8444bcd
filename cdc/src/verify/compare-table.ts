// One table: chunk by chunk, the sums of both sides; where they are not the same, down to the rows (find-suspects.ts); and these once
// more, at a matching position (settle.ts). Nothing but sums and keys ever leaves a server, except for rows that differ.

import { setTimeout as pause } from "node:timers/promises";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { formatTable } from "../postgres/quote.ts";
import { chunksByBlock, chunksByKey, type ChunkOptions, type Looked } from "./chunks.ts";
import { sortsAlike, type ComparableRows } from "./comparable-rows.ts";
import type { Different } from "./differences.ts";
import { findSuspects } from "./find-suspects.ts";
import type { Key } from "./part.ts";
import type { Found, Interrupted } from "./progress-store.ts";
import type { Difference, Outcome, TableReport } from "./report.ts";
import { chunkRowsFor, createSample } from "./sample.ts";
import { settle } from "./settle.ts";

export type CompareOptions = Pick<ChunkOptions, "chunkRows" | "rest"> & {
  table: ResolvedTable;
  source: ComparableRows;
  target: ComparableRows;
  catchUp: () => Promise<boolean>;
  /** What share of the chunks to look at, in percent. */
  percent: number;
  /** Between 0 and 1: where a sample begins. */
  random: () => number;
  /** Examples to name. */
  examples: number;
  /** Says what is known of rows that differ. */
  describe: (different: readonly Different[]) => Promise<Difference[]>;
  /** Hears of every row that differs. */
  onDifferent?: ((different: readonly Different[]) => void) | undefined;
  /** How long a row may take to be judged. */
  settleMs: number;
  /** Where to go on. */
  interrupted: Interrupted | undefined;
  /** Hears how far it has come, a few times a second. */
  onProgress: (after: Key, found: Found) => Promise<void>;
};

export async function compareTable(options: CompareOptions): Promise<TableReport> {
  const startedAt = performance.now();
  const found = createFindings(options);
  for await (const looked of look(options)) {
    found.rows += looked.rows;
    for (const { part, rows } of looked.suspect) await judge(options, found, findSuspects(options, part, rows));
    if (looked.upTo !== undefined) await options.onProgress(looked.upTo, countsOf(found));
  }
  return report(options, found, Math.round(performance.now() - startedAt));
}

/** What has been found, without the examples. */
export function countsOf({ rows, differences, undecided }: Found): Found {
  return { rows, differences: { ...differences }, undecided };
}

// --- internal ---

type Findings = Found & { examples: Difference[]; stuck: boolean };

function createFindings({ interrupted }: CompareOptions): Findings {
  const none: Found = { rows: 0, differences: { missing: 0, extra: 0, changed: 0 }, undecided: 0 };
  return { ...countsOf(interrupted ?? none), examples: [], stuck: false };
}

async function* look(options: CompareOptions): AsyncGenerator<Looked> {
  const { table, source, interrupted, percent, random } = options;
  const chunks = {
    ...options,
    after: interrupted?.after,
    mostRows: chunkRowsFor(percent, percent < 100 ? (await source.size()).rows : 0),
    isWanted: createSample(percent, random()),
  };
  yield* sortsAlike(table) ? chunksByKey(chunks) : chunksByBlock(chunks);
}

async function judge(options: CompareOptions, found: Findings, suspects: AsyncIterable<Key[]>): Promise<void> {
  for await (const keys of suspects) {
    for await (const settled of settle(keys, options)) {
      found.undecided += settled.undecided.length;
      found.stuck ||= settled.stuck;
      for (const { kind } of settled.different) found.differences[kind] += 1;
      const room = options.examples - found.examples.length;
      if (room > 0 && settled.different.length > 0) {
        found.examples.push(...(await options.describe(settled.different.slice(0, room))));
      }
      options.onDifferent?.(settled.different);
    }
    // Lets others have their turn between two long lists.
    await pause(0);
  }
}

function report({ table, percent, interrupted }: CompareOptions, found: Findings, ms: number): TableReport {
  const { rows, differences, examples, undecided, stuck } = found;
  const doubt = stuck
    ? "the stream did not get to the source's position"
    : `${undecided} row(s) kept changing while they were looked at`;
  return {
    table: formatTable(table.to),
    source: formatTable(table.from),
    outcome: outcomeOf(found),
    rows,
    ...(percent < 100 ? { sample: percent } : {}),
    ...(interrupted === undefined ? {} : { resumedFrom: interrupted.startedAt }),
    differences,
    examples,
    undecided,
    ...(undecided > 0 ? { reason: doubt } : {}),
    ms,
  };
}

function outcomeOf({ differences: { missing, extra, changed }, undecided }: Found): Outcome {
  if (missing + extra + changed > 0) return "different";
  return undecided > 0 ? "could not compare" : "equal";
}
