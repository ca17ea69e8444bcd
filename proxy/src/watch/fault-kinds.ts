/** One way in which a candidate may be worse than its control, and how it is looked for. Shares are between 0 and 1. */
export type FaultKind = {
  readonly fault: "errors" | "latency";
  /** With latency: slow is what takes longer than this quantile of the control's durations. */
  readonly quantile: number;
  /** By how much more often the candidate may have the fault. */
  readonly margin: number;
  /** The same as a part of the control's rate; the larger of the two counts. */
  readonly relative: number;
  /** Within which it has to be shown to lie before it is called good. */
  readonly goodMargin: number;
  /** The sizes of trouble that are betted on. Coarse: neighbours cover each other. */
  readonly bets: readonly SizeOfTrouble[];
};

/** `above` the margin, as a part of what is left up to 1; and how many of the false alarms a bet may cause, 1 for all of a rule. */
export type SizeOfTrouble = { readonly above: number; readonly share: number };

/** The kinds that a candidate is held to. */
export function faultKinds(errorMargin: number, errorGoodMargin: number, withLatency: boolean): readonly FaultKind[] {
  const errors: FaultKind = {
    fault: "errors",
    quantile: 0,
    margin: errorMargin,
    relative: 1 / 3,
    goodMargin: errorGoodMargin,
    bets: withLatency ? ERRORS : ERRORS.map(({ above, share }) => ({ above, share: share / SHARE_OF_ERRORS })),
  };
  return withLatency ? [errors, ALL_SLOWER, SOME_MUCH_SLOWER] : [errors];
}

// --- internal ---

// Errors come first, and among them what is worth acting on in seconds.
const SHARE_OF_ERRORS = 0.9;
const ERRORS: readonly SizeOfTrouble[] = [
  { above: 0.01, share: 0.1 },
  { above: 0.04, share: 0.35 },
  { above: 0.09, share: 0.35 },
  { above: 0.4, share: 0.1 },
];

const LATENCY = { fault: "latency", margin: 0.05, relative: 0, goodMargin: 0.1 } as const;
// A service that is slower throughout shows first at the third quartile, one that hangs now and then in the tail.
const ALL_SLOWER: FaultKind = { ...LATENCY, quantile: 0.75, bets: evenly(0.05, [0.25, 0.6, 0.9]) };
const SOME_MUCH_SLOWER: FaultKind = { ...LATENCY, quantile: 0.95, bets: evenly(0.05, [0.1, 0.4, 0.9]) };

function evenly(share: number, sizes: readonly number[]): SizeOfTrouble[] {
  return sizes.map((above) => ({ above, share: share / sizes.length }));
}
