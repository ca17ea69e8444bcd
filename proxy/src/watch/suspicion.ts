import type { FaultKind } from "./fault-kinds.ts";
import { logGrowth, logGrowthAlone, type Bet, type Block, type Share } from "./growth.ts";

/** What one kind of fault has shown so far. Plain data; a look makes a new one. */
export type Suspicion = {
  /** What those who bet against the candidate own, one for every size of trouble that is betted on. */
  readonly against: readonly number[];
  /** The logarithm of what somebody owns who has betted from the start that the candidate is within the wider margin. */
  readonly inFavour: number;
  readonly total: Block;
  /** The counts since the evidence last pointed against the candidate, for people. */
  readonly window: Window;
};

export type Window = { readonly log: number; readonly seconds: number } & Block;

export function noSuspicion({ bets }: FaultKind): Suspicion {
  return { against: bets.map(() => 0), inFavour: 0, total: NO_BLOCK, window: NO_WINDOW };
}

// Trouble may begin at any time, so somebody begins to bet in every second, each with a capital of 1 that is spread over the kinds and
// sizes of trouble, and all capitals are added up: a Shiryaev-Roberts e-detector (Shin, Ramdas, Rinaldo, "E-detectors: a nonparametric
// framework for sequential change detection", NEJSDS 2, 2024, section 2). The sum minus the seconds is a supermartingale under the
// null, so the mean time until it reaches 3600 * h is at least h hours (optional stopping), whenever anybody looks.

/** What is known before a block is looked at; all bets rest on nothing else. */
export type Before = {
  /** How often the fault occurs with the control, as far as one knows. A bad guess costs time, never validity. */
  readonly rate: number;
  /** All customers are with the candidate: it is held to that rate instead. */
  readonly alone: boolean;
};

/** Takes in what has happened since the last look. No capital grows above `ceiling`. */
export function suspect(
  suspicion: Suspicion,
  { kind, block, seconds, ceiling }: { kind: FaultKind; block: Block; seconds: number; ceiling: number },
  { rate, alone }: Before,
): Suspicion {
  // The margin, too, is known before, so each block has a null of its own, and the proof holds for each.
  const margin = Math.max(kind.margin, kind.relative * rate);
  const goodMargin = Math.max(kind.goodMargin, 2 * kind.relative * rate);
  const grow = (bet: Bet, by: number) =>
    alone ? logGrowthAlone(block, bet, bet.control + by) : logGrowth(block, bet, by);
  const growths = kind.bets.map(({ above }) => grow(betAgainst(rate, margin, above), margin));
  return {
    // Throwing capital away is no cheating, and lets a verdict that is only reported be taken back.
    against: kind.bets.map(({ share }, each) =>
      Math.min(ceiling, ((suspicion.against[each] ?? 0) + seconds * share) * Math.exp(growths[each] ?? 0)),
    ),
    inFavour: suspicion.inFavour + grow(betInFavour(rate, goodMargin), goodMargin),
    total: addBlocks(suspicion.total, block),
    window: widen(suspicion.window, block, Math.max(...growths), seconds),
  };
}

/** All capital against the candidate. */
export function capitalOf({ against }: Suspicion): number {
  return against.reduce((sum, each) => sum + each, 0);
}

// --- internal ---

const NO_BLOCK: Block = { control: { count: 0, of: 0 }, candidate: { count: 0, of: 0 } };
const NO_WINDOW: Window = { ...NO_BLOCK, log: 0, seconds: 0 };

function betAgainst(rate: number, margin: number, above: number): Bet {
  const control = Math.min(rate, 0.9 * (1 - margin));
  const edge = control + margin;
  return { control, candidate: edge + above * (1 - edge) };
}

// On the other side of the line: both sides alike.
function betInFavour(rate: number, margin: number): Bet {
  const alike = Math.min(rate, 0.9 * (1 - margin));
  return { control: alike, candidate: alike };
}

function widen(window: Window, block: Block, growth: number, seconds: number): Window {
  const log = window.log + growth;
  if (log <= 0) return NO_WINDOW;
  return { ...addBlocks(window, block), log, seconds: window.seconds + seconds };
}

function addBlocks(a: Block, b: Block): Block {
  return { control: addShares(a.control, b.control), candidate: addShares(a.candidate, b.candidate) };
}

function addShares(a: Share, b: Share): Share {
  return { count: a.count + b.count, of: a.of + b.of };
}
