import { Buffer } from "node:buffer";

/** Kafka Connect's Decimal: the digits without the point as a big-endian two's complement integer, in base64. */
export function decimalText(base64: string, scale: number): string {
  const bytes = Buffer.from(base64, "base64");
  const magnitude = bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString("hex")}`);
  const unscaled = BigInt.asIntN(bytes.length * 8, magnitude);
  if (scale <= 0) return (unscaled * 10n ** BigInt(-scale)).toString();
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  const sign = unscaled < 0n ? "-" : "";
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** io.debezium.data.Bits: little-endian bytes in base64. Without a `length`, as short as the value allows. */
export function bitsText(base64: string, length: number | undefined): string {
  const hex = Buffer.from(Buffer.from(base64, "base64").reverse()).toString("hex");
  const bits = hex === "" ? "" : BigInt(`0x${hex}`).toString(2);
  return length === undefined ? bits : bits.padStart(length, "0");
}

export function bytesText(base64: string): string {
  return `\\x${Buffer.from(base64, "base64").toString("hex")}`;
}
