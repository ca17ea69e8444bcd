// One table: chunk by chunk, two sums on each side; where they differ, the chunk's rows one by one; where these differ, at a
// matching position (settle.ts). Only keys and hashes ever leave a server, except for rows that differ.

import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { formatTable } from "../postgres/quote.ts";
import { keyText, type ComparableRow, type ComparableRows, type Key, type KeyRange } from "./comparable-rows.ts";
import type { Difference, TableReport } from "./report.ts";
import { settle, type Settled } from "./settle.ts";

export type CompareOptions = {
  table: ResolvedTable;
  source: ComparableRows;
  target: ComparableRows;
  catchUp: () => Promise<boolean>;
  /** Rows in a chunk. */
  chunkRows: number;
  /** Examples to name. */
  examples: number;
  /** How long a row may take to be judged. */
  settleMs: number;
};

export async function compareTable(options: CompareOptions): Promise<TableReport> {
  const startedAt = performance.now();
  const settled: Settled = { different: [], undecided: [], stuck: false };
  let rows = 0;
  for await (const range of chunks(options.source, options.chunkRows)) {
    const compared = await compareChunk(range, options);
    rows += compared.rows;
    add(settled, compared);
  }
  return report(options, rows, settled, Math.round(performance.now() - startedAt));
}

// --- internal ---

const WHOLE: KeyRange = { after: undefined, upTo: undefined };

// The bounds are keys that exist, so that chunks are even however the keys are spread.
async function* chunks(
  rows: ComparableRows,
  size: number,
  { after, upTo }: KeyRange = WHOLE,
): AsyncGenerator<KeyRange> {
  let from = after;
  for (;;) {
    const to = await rows.keyAt({ after: from, upTo }, size);
    if (to === undefined) break;
    yield { after: from, upTo: to };
    from = to;
  }
  yield { after: from, upTo };
}

type Compared = Settled & { rows: number };

async function compareChunk(range: KeyRange, options: CompareOptions): Promise<Compared> {
  const { source, target, chunkRows } = options;
  const [here, there] = await Promise.all([source.sum(range), target.sum(range)]);
  const compared: Compared = { different: [], undecided: [], stuck: false, rows: here.rows };
  if (here.sum === there.sum && here.rows === there.rows) return compared;
  if (there.rows <= chunkRows * 2) {
    add(compared, await compareRows(range, options));
    return compared;
  }
  // Far more rows on the target than the source has here: piece by piece, by the target's own keys.
  for await (const piece of chunks(target, chunkRows, range)) add(compared, await compareRows(piece, options));
  return compared;
}

async function compareRows(range: KeyRange, options: CompareOptions): Promise<Settled> {
  const [here, there] = await Promise.all([options.source.hashes(range), options.target.hashes(range)]);
  const onTarget = new Map(there.map(({ key, hash }) => [keyText(key), { key, hash }]));
  const suspects: Key[] = [];
  for (const { key, hash } of here) {
    const text = keyText(key);
    if (onTarget.get(text)?.hash !== hash) suspects.push(key);
    onTarget.delete(text);
  }
  for (const { key } of onTarget.values()) suspects.push(key);
  return settle(suspects, options);
}

function add(sum: Settled, part: Settled): void {
  for (const each of part.different) sum.different.push(each);
  for (const each of part.undecided) sum.undecided.push(each);
  sum.stuck ||= part.stuck;
}

function report({ table, examples }: CompareOptions, rows: number, settled: Settled, ms: number): TableReport {
  const differences = settled.different.map((each) => describe(table, each));
  const count = (kind: Difference["kind"]) => differences.filter((each) => each.kind === kind).length;
  const { undecided, stuck } = settled;
  const doubt = stuck
    ? "the stream did not get to the source's position"
    : `${undecided.length} row(s) kept changing while they were looked at`;
  return {
    table: formatTable(table.to),
    source: formatTable(table.from),
    outcome: differences.length > 0 ? "different" : undecided.length > 0 ? "could not compare" : "equal",
    rows,
    differences: { missing: count("missing"), extra: count("extra"), changed: count("changed") },
    examples: differences.slice(0, examples),
    undecided: undecided.length,
    ...(undecided.length > 0 ? { reason: doubt } : {}),
    ms,
  };
}

type Different = Settled["different"][number];

function describe(table: ResolvedTable, { key, source, target }: Different): Difference {
  const named = Object.fromEntries(table.key.map(({ name }, place) => [name, key[place] ?? null]));
  if (source === undefined) return { kind: "extra", key: named, columns: [] };
  if (target === undefined) return { kind: "missing", key: named, columns: [] };
  return { kind: "changed", key: named, columns: differingColumns(table, source, target) };
}

function differingColumns(table: ResolvedTable, source: ComparableRow, target: ComparableRow): string[] {
  return table.columns.filter((_, place) => source.values[place] !== target.values[place]).map(({ name }) => name);
}
