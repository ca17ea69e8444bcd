// How a table is gone through. Where both sides sort its key alike: by ranges of the key, each bound a key that exists, so that chunks
// are even however sparse the keys are, each so large that it takes about half a second (pt-table-checksum's rule). A text in some
// language's order cannot be cut that way: one side may put a key in the range that the other puts outside. Such a table is read as it
// lies on disk, each side under one snapshot, block range by block range, its rows added up by the last bits of their keys' numbers:
// sums do not mind the order in which a row comes.

import type { ComparableRows } from "./comparable-rows.ts";
import type { Sides } from "./find-suspects.ts";
import { addSums, countRows, mismatches, WHOLE, type Key, type Mismatch, type Part, type Sums } from "./part.ts";

/** A part that has been looked at. `suspect`: the parts of it whose sums were not the same, with the rows they may have. */
export type Looked = { rows: number; suspect: { part: Part; rows: number }[]; upTo: Key | undefined };

export type ChunkOptions = Sides & {
  /** Rows in a chunk, always; otherwise as many as take about half a second. */
  chunkRows: number | undefined;
  /** Where an interrupted comparison stood. */
  after: Key | undefined;
  /** Rows in a chunk at most. */
  mostRows: number;
  /** Whether the next chunk is to be looked at at all. */
  isWanted: (isLast: boolean) => boolean;
  /** Waits between two chunks. */
  rest: () => Promise<void>;
};

/** Goes through a table by ranges of its key. */
export async function* chunksByKey(options: ChunkOptions): AsyncGenerator<Looked> {
  const { source, target } = options;
  const size = createChunkSize(options);
  let after = options.after;
  for (;;) {
    const upTo = await source.keyAt({ after, upTo: undefined }, size.rows());
    const part: Part = { range: { after, upTo } };
    if (options.isWanted(upTo === undefined)) {
      await options.rest();
      const startedAt = performance.now();
      const [here, there] = await Promise.all([source.sums(part, 0), target.sums(part, 0)]);
      size.took(countRows(here), performance.now() - startedAt);
      yield { rows: countRows(here), suspect: mismatches(here, there).map(({ rows }) => ({ part, rows })), upTo };
    }
    if (upTo === undefined) return;
    after = upTo;
  }
}

/** Goes through a table as it lies on disk, and then names the shares of it that differ. */
export async function* chunksByBlock(options: ChunkOptions): AsyncGenerator<Looked> {
  const { source, target, isWanted } = options;
  const bits = bitsFor(Math.max((await source.size()).rows, (await target.size()).rows));
  const all = Array.from({ length: 2 ** bits }, (_, bucket) => String(bucket));
  const wanted = all.filter((_, place) => isWanted(place === all.length - 1));
  const share = (buckets: readonly string[]): Part => (bits === 0 ? WHOLE : { ...WHOLE, share: { bits, buckets } });
  const part = wanted.length === all.length ? WHOLE : share(wanted);
  const [here, there] = await frozen(options, () =>
    Promise.all([sumBlocks(source, part, bits, options), sumBlocks(target, part, bits, options)]),
  );
  const suspect = together(mismatches(here, there)).map(({ buckets, rows }) => ({ part: share(buckets), rows }));
  yield { rows: countRows(here), suspect, upTo: undefined };
}

// --- internal ---

const CHUNK_MS = 500;
const FIRST_ROWS = 10_000;
const MOST_ROWS = 1_000_000;
const FEWEST_ROWS = 1_000;

/** Follows how fast the servers are, the last chunks counting most. */
function createChunkSize({ chunkRows: fixed, mostRows }: ChunkOptions) {
  let rows = fixed ?? Math.min(mostRows, FIRST_ROWS);
  let rowsPerMs: number | undefined;
  return {
    rows: () => rows,
    took: (counted: number, ms: number) => {
      if (fixed !== undefined || counted === 0) return;
      const now = counted / Math.max(1, ms);
      rowsPerMs = rowsPerMs === undefined ? now : rowsPerMs * 0.6 + now * 0.4;
      const wanted = Math.min(rowsPerMs * CHUNK_MS, rows * 4);
      rows = Math.round(Math.min(mostRows, MOST_ROWS, Math.max(FEWEST_ROWS, wanted)));
    },
  };
}

async function sumBlocks(
  side: Pick<ComparableRows, "sums" | "size">,
  part: Part,
  bits: number,
  options: ChunkOptions,
): Promise<Sums> {
  const { rows, blocks } = await side.size();
  const size = createChunkSize(options);
  const rowsInBlock = Math.max(1, rows / Math.max(1, blocks));
  const all: Sums = new Map();
  let from = 0;
  for (;;) {
    const next = from + Math.max(1, Math.round(size.rows() / rowsInBlock));
    const to = next < blocks ? next : undefined;
    await options.rest();
    const startedAt = performance.now();
    const sums = await side.sums({ ...part, blocks: { from, to } }, bits);
    size.took(Math.max(1, countRows(sums)), performance.now() - startedAt);
    addSums(all, sums);
    if (to === undefined) return all;
    from = to;
  }
}

// Few, because every range of blocks answers with as many sums.
function bitsFor(rows: number): number {
  return Math.min(8, Math.max(0, Math.ceil(Math.log2(Math.max(1, rows / 2_000)))));
}

async function frozen<Answer>({ source, target }: Sides, look: () => Promise<Answer>): Promise<Answer> {
  await Promise.all([source.freeze(), target.freeze()]);
  try {
    return await look();
  } finally {
    await Promise.all([source.thaw(), target.thaw()]);
  }
}

const ROWS_TOGETHER = 1_000_000;

// To look into one share means to read the whole table, so small shares are looked into together.
function together(found: readonly Mismatch[]): { buckets: string[]; rows: number }[] {
  const groups: { buckets: string[]; rows: number }[] = [];
  for (const { bucket, rows } of found) {
    const last = groups.at(-1);
    if (last === undefined || last.rows + rows > ROWS_TOGETHER) groups.push({ buckets: [bucket], rows });
    else {
      last.buckets.push(bucket);
      last.rows += rows;
    }
  }
  return groups;
}
