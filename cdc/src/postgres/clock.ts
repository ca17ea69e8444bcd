/** Microseconds between 1970-01-01 and 2000-01-01, where PostgreSQL's clock begins. */
export const POSTGRES_EPOCH_US = 946_684_800_000_000n;

/** PostgreSQL's timestamp (microseconds since 2000) as milliseconds since 1970. */
export function toUnixMs(postgresUs: bigint): number {
  return Number(postgresUs + POSTGRES_EPOCH_US) / 1000;
}

export function toPostgresUs(unixMs: number): bigint {
  return BigInt(Math.round(unixMs * 1000)) - POSTGRES_EPOCH_US;
}

/** ISO 8601 in UTC, with all six digits. */
export function formatPostgresTime(postgresUs: bigint): string {
  const us = postgresUs + POSTGRES_EPOCH_US;
  const rest = ((us % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((us - rest) / 1000n)).toISOString().slice(0, 19);
  return `${seconds}.${rest.toString().padStart(6, "0")}Z`;
}
