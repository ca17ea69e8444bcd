/** How amounts are written, everywhere the same: three digits say all that a measurement knows. */

export function inMs(milliseconds: number): string {
  return `${significant(milliseconds)} ms`;
}

export function perSecond(rate: number): string {
  return `${significant(rate)}/s`;
}

/** A relative change: 0.123 is "+12 %". */
export function inPercent(change: number): string {
  return `${signOf(change)}${percentDigits(change)} %`;
}

/** A change in a share, for which "+12 %" would leave open of what: 0.012 is "+1.2 pts". */
export function inPoints(change: number): string {
  return `${signOf(change)}${percentDigits(change)} pts`;
}

/** A share: 0.012 is "1.2 %". */
export function asShare(share: number): string {
  return `${percentDigits(share)} %`;
}

export function asCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** A duration that was chosen, not measured: without the zeros that would claim precision. */
export function chosenMs(milliseconds: number): string {
  return milliseconds < 1000
    ? `${Number(milliseconds.toPrecision(3))} ms`
    : `${Number((milliseconds / 1000).toPrecision(3))} s`;
}

// --- internal ---

function significant(value: number): string {
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 3));
}

function percentDigits(share: number): string {
  const percent = Math.abs(share) * 100;
  if (percent === 0) return "0";
  if (percent < 0.095) return percent.toFixed(2);
  return percent < 9.95 ? percent.toFixed(1) : percent.toFixed(0);
}

function signOf(change: number): string {
  if (change === 0) return "";
  return change > 0 ? "+" : "\u2212";
}
