import { AnswersNotCorrectError } from "../errors.ts";
import { requirePositive, startOn, type LoadOptions } from "../load.ts";
import type { Run } from "../run.ts";
import { openGenerator, type Generator } from "../thread/generator.ts";
import { compare } from "./compare.ts";
import type { Block, Comparison, Side } from "./comparison.ts";

export type ComparedSide = {
  label: string;
  /** Makes this side the one that answers; returns when it does. Called at each switch. */
  prepare: () => Promise<void>;
};

export type Progress =
  | { what: "proving"; side: Side; label: string }
  | { what: "warming up"; side: Side; label: string }
  | { what: "measuring"; side: Side; label: string; block: number; blocks: number }
  | { what: "measured"; side: Side; label: string; block: number; blocks: number; run: Run };

export type ComparisonOptions = Omit<LoadOptions, "durationMs"> & {
  pairs: number;
  blockMs: number;
  /** Load that is made and forgotten after every switch. */
  warmUpMs: number;
  sides: Readonly<Record<Side, ComparedSide>>;
  /** Kept in the comparison's circumstances, such as the routes that are switched. */
  notes?: Readonly<Record<string, string>>;
  onProgress?: (progress: Progress) => void;
  /** Ends the comparison early; it then throws the signal's reason. What `prepare` changed is the caller's to put back. */
  signal?: AbortSignal;
};

/**
 * Drives both sides with the same visitors in blocks, before, after, after, before and so on: a machine that grows slower
 * by the minute does so to both. First one visitor of each kind proves on both sides that every answer is right.
 * Throws AnswersNotCorrectError when it is not, and whatever `prepare` throws.
 */
export async function runComparison(options: ComparisonOptions): Promise<Comparison> {
  requirePositive("pairs", options.pairs);
  const generator = openGenerator();
  try {
    const stage = createStage(generator, options);
    await stage.prove("after");
    await stage.prove("before");
    const blocks: Block[] = [];
    for (const { pair, side } of blockOrder(options.pairs)) {
      await stage.switchTo(side);
      const run = await stage.measure(side, options.seed + pair, blocks.length);
      blocks.push({ pair, side, run });
    }
    const labels = { before: options.sides.before.label, after: options.sides.after.label };
    return compare(blocks, { labels, notes: { ...options.notes, ...stage.notes() } });
  } finally {
    await generator.close();
  }
}

/** Pairs take turns in who is first, so that a steady drift of the machine cancels out. */
export function blockOrder(pairs: number): { pair: number; side: Side }[] {
  return Array.from({ length: pairs }, (_, pair) => {
    const sides: Side[] = pair % 2 === 0 ? ["before", "after"] : ["after", "before"];
    return sides.map((side) => ({ pair, side }));
  }).flat();
}

// --- internal ---

type Stage = {
  prove: (side: Side) => Promise<void>;
  switchTo: (side: Side) => Promise<void>;
  measure: (side: Side, seed: number, block: number) => Promise<Run>;
  notes: () => Record<string, string>;
};

function createStage(generator: Generator, options: ComparisonOptions): Stage {
  const { sides, onProgress = () => undefined } = options;
  let current: Side | undefined;
  let switches = 0;
  let failedWarmingUp = 0;

  const drive = async (changes: Partial<LoadOptions>): Promise<Run> => {
    options.signal?.throwIfAborted();
    const load = await startOn(generator, { ...loadOptions(options), ...changes });
    const stop = () => void load.stop();
    options.signal?.addEventListener("abort", stop);
    try {
      return await load.done;
    } finally {
      options.signal?.removeEventListener("abort", stop);
      options.signal?.throwIfAborted();
    }
  };
  const prepare = async (side: Side) => {
    options.signal?.throwIfAborted();
    if (current !== side) await sides[side].prepare();
    current = side;
  };

  return {
    prove: async (side) => {
      const { label } = sides[side];
      onProgress({ what: "proving", side, label });
      await prepare(side);
      const { failures } = await drive({ oneOfEach: true });
      if (failures.length > 0) throw new AnswersNotCorrectError(label, failures);
      current = undefined;
    },
    switchTo: async (side) => {
      if (current === side) return;
      await prepare(side);
      onProgress({ what: "warming up", side, label: sides[side].label });
      switches += 1;
      // A seed of its own: a block must not find its very requests in a cache.
      const { failures } = await drive({ seed: options.seed - switches, durationMs: options.warmUpMs });
      failedWarmingUp += failures.length;
    },
    measure: async (side, seed, block) => {
      const event = { side, label: sides[side].label, block, blocks: options.pairs * 2 };
      onProgress({ what: "measuring", ...event });
      const run = await drive({ seed, durationMs: options.blockMs });
      onProgress({ what: "measured", ...event, run });
      return run;
    },
    notes: () => (failedWarmingUp === 0 ? {} : { "failed while warming up": String(failedWarmingUp) }),
  };
}

function loadOptions(options: ComparisonOptions): LoadOptions {
  const { pairs: _pairs, blockMs: _block, warmUpMs: _warmUp, sides: _sides, ...rest } = options;
  const { notes: _notes, onProgress: _progress, signal: _signal, ...load } = rest;
  return load;
}
