/** A place in the write-ahead log. 64 bits, so a bigint inside; PostgreSQL's "16/B374D848" outside. */
export type Lsn = bigint;

/** Throws RangeError when the text is not a position. */
export function parseLsn(text: string): Lsn {
  const match = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text);
  if (match === null) throw new RangeError(`"${text}" is not a log position; it should look like "16/B374D848".`);
  return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`);
}

export function formatLsn(lsn: Lsn): string {
  return `${(lsn >> 32n).toString(16)}/${(lsn & 0xffffffffn).toString(16)}`.toUpperCase();
}
