import { logGrowth, type Bet, type Block } from "./growth.ts";

/** What one kind of fault has shown so far. Plain data; a look makes a new one. */
export type Suspicion = {
  /** What those who bet against the candidate own, one for every size of trouble that is betted on. */
  readonly against: readonly number[];
  /** The logarithm of what somebody owns who has betted from the start that the candidate is within the wider margin. */
  readonly inFavour: number;
  /** Where the present suspicion began, for people. */
  readonly window: Window;
};

/** The counts since the evidence last pointed against the candidate, and how long that is. */
export type Window = { readonly log: number; readonly seconds: number } & Block;

/** How one kind of fault is looked for. */
export type FaultKind = {
  /** By how much more often it may occur with the candidate. */
  readonly margin: number;
  /** Within which the candidate counts as good. */
  readonly goodMargin: number;
  /** How far above the margin the trouble is betted to lie, as shares of the rest up to 1. Coarse: neighbours cover each other. */
  readonly gaps: readonly number[];
  /** Of the false alarms, how many this kind may cause. All kinds together: 1. */
  readonly share: number;
};

export const NO_BLOCK: Block = { control: { count: 0, of: 0 }, candidate: { count: 0, of: 0 } };

const NO_WINDOW: Window = { ...NO_BLOCK, log: 0, seconds: 0 };

export function noSuspicion({ gaps }: FaultKind): Suspicion {
  return { against: gaps.map(() => 0), inFavour: 0, window: NO_WINDOW };
}

// Trouble may begin at any time, so somebody begins to bet in every second, each with a capital of 1 that is spread over the sizes
// of trouble, and all capitals are added up: a Shiryaev-Roberts e-detector (Shin, Ramdas, Rinaldo, "E-detectors: a nonparametric
// framework for sequential change detection", NEJSDS 2, 2024, section 2). The sum minus the seconds is a supermartingale under the
// null, so the mean time until it reaches 3600 * h is at least h hours (optional stopping), whenever anybody looks.

/**
 * Takes in what has happened since the last look. `rate` is how often the fault occurs with the control, guessed from before the
 * block; a bad guess costs time, never validity.
 */
export function suspect(
  before: Suspicion,
  kind: FaultKind,
  block: Block,
  rate: number,
  seconds: number,
  ceiling: number,
): Suspicion {
  const start = (seconds * kind.share) / kind.gaps.length;
  const growths = kind.gaps.map((gap) => logGrowth(block, betAgainst(rate, kind.margin, gap), kind.margin));
  return {
    against: growths.map((growth, index) => {
      const capital = ((before.against[index] ?? 0) + start) * Math.exp(growth);
      // Throwing capital away is no cheating, and lets a verdict that is only reported be taken back.
      return Math.min(capital, ceiling);
    }),
    inFavour: before.inFavour + logGrowth(block, betInFavour(rate, kind.goodMargin), kind.goodMargin),
    window: widen(before.window, block, Math.max(...growths), seconds),
  };
}

/** All capital against the candidate. */
export function capitalOf({ against }: Suspicion): number {
  return against.reduce((sum, each) => sum + each, 0);
}

// --- internal ---

function betAgainst(rate: number, margin: number, gap: number): Bet {
  const control = Math.min(rate, 0.9 * (1 - margin));
  const edge = control + margin;
  return { control, candidate: edge + gap * (1 - edge) };
}

// Beneath the line: both sides alike.
function betInFavour(rate: number, margin: number): Bet {
  const alike = Math.min(rate, 0.9 * (1 - margin));
  return { control: alike, candidate: alike };
}

function widen(window: Window, block: Block, growth: number, seconds: number): Window {
  const log = window.log + growth;
  if (log <= 0) return NO_WINDOW;
  return {
    log,
    seconds: window.seconds + seconds,
    control: add(window.control, block.control),
    candidate: add(window.candidate, block.candidate),
  };
}

function add(a: Block["control"], b: Block["control"]): Block["control"] {
  return { count: a.count + b.count, of: a.of + b.of };
}
