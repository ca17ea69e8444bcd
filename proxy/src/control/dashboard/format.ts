// How figures read: few digits, always as many, a dash where nothing was counted.

export const NOTHING = "–";

// Figure and unit stay on one line.
const BLANK = "\u00a0";

/** 0.4, 12, 3,400 */
export function rate(perSecond: number | undefined): string {
  if (perSecond === undefined) return NOTHING;
  return perSecond < 10 ? tenths(perSecond) : whole(perSecond);
}

/** A share (0..1) as a percentage: 0 %, 0.04 %, 2.5 %, 100 % */
export function share(part: number | undefined): string {
  if (part === undefined) return NOTHING;
  const percent = part * 100;
  if (percent === 0 || percent >= 99.95) return `${percent.toFixed(0)}${BLANK}%`;
  return percent < 0.1 ? `${percent.toFixed(2)}${BLANK}%` : `${percent.toFixed(1)}${BLANK}%`;
}

/** A duration in milliseconds: 0.4 ms, 12 ms, 3.4 s */
export function duration(ms: number | undefined): string {
  if (ms === undefined) return NOTHING;
  if (!Number.isFinite(ms)) return `>${BLANK}37${BLANK}s`;
  if (ms >= 1_000) return `${tenths(ms / 1_000)}${BLANK}s`;
  return ms < 10 ? `${tenths(ms)}${BLANK}ms` : `${whole(ms)}${BLANK}ms`;
}

/** 12,345 */
export function whole(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** What is left of a percentage when it is written short: 10 %, 0.25 % */
export function percent(value: number): string {
  return `${String(Math.round(value * 100) / 100)}${BLANK}%`;
}

/** 14:03:27, UTC */
export function clock(at: number | string): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** 14:03, UTC */
export function clockMinute(at: number): string {
  return new Date(at).toISOString().slice(11, 16);
}

/** 2026-11-21 14:03:27, UTC */
export function moment(at: number | string): string {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}

/** just now, 40 s ago, 12 min ago, 3 h ago, 5 d ago */
export function ago(at: number | string, now: number): string {
  const seconds = Math.max(0, Math.round((now - new Date(at).getTime()) / 1_000));
  for (const [unit, length] of UNITS)
    if (seconds >= length) return `${whole(Math.floor(seconds / length))} ${unit} ago`;
  return seconds < 5 ? "just now" : `${whole(seconds)} s ago`;
}

// --- internal ---

const UNITS = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
] as const;

function tenths(value: number): string {
  return value.toFixed(1);
}
