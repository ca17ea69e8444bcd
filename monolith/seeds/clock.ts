/** The moment at which the seeded shop stands still; nothing in it is younger. */
export const now = Date.UTC(2026, 5, 30, 6, 0, 0);

export const hour = 3_600_000;
export const day = 24 * hour;

/** PostgreSQL's text for a moment, with microseconds, because real rows have them. */
export function timestamp(epochMs: number, microseconds = 0): string {
  const text = new Date(Math.floor(epochMs)).toISOString();
  return `${text.slice(0, 10)} ${text.slice(11, 23)}${String(microseconds).padStart(3, "0")}+00`;
}
