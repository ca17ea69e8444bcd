// Decimals as Kafka Connect has them: the number without its point, in two's complement, highest byte first, in base64.

/** A number text of PostgreSQL's ("-1234.50") at the scale of its column; undefined for what is none (NaN, Infinity). */
export function decimalBytes(text: string, scale: number): string | undefined {
  const parts = split(text);
  if (parts === undefined) return undefined;
  const { sign, whole, fraction } = parts;
  return twosComplement(BigInt(sign + whole + fraction.padEnd(scale, "0").slice(0, scale)));
}

/** The same where each value has a scale of its own: as many digits behind the point as it needs. */
export function variableDecimal(text: string): { scale: number; value: string } | undefined {
  const parts = split(text);
  if (parts === undefined) return undefined;
  const { sign, whole } = parts;
  const fraction = parts.fraction.replace(/0+$/, "");
  return { scale: fraction.length, value: twosComplement(BigInt(sign + whole + fraction)) };
}

/** Base64 of a whole number. */
export function twosComplement(value: bigint): string {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.unshift(Number(rest & 0xffn));
    rest >>= 8n;
  } while (!isSign(rest, bytes[0] ?? 0));
  return Buffer.from(bytes).toString("base64");
}

// --- internal ---

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?$/;

function split(text: string): { sign: string; whole: string; fraction: string } | undefined {
  const match = NUMBER.exec(text);
  return match === null ? undefined : { sign: match[1] ?? "", whole: match[2] ?? "", fraction: match[3] ?? "" };
}

// What is left says nothing that the highest bit does not say.
function isSign(rest: bigint, highest: number): boolean {
  return (rest === 0n && highest < 0x80) || (rest === -1n && highest >= 0x80);
}
