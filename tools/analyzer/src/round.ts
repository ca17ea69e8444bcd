/** Two digits: sums of tenths must not show the binary. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** A share of 0..1 in whole percent. */
export function percent(share: number): number {
  return Math.round(100 * share);
}
