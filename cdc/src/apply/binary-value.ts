// From the text of a value to its binary form, for the types of array-parameter.ts. The text is what a server writes under the
// session settings of session.ts: ISO dates, UTC. Whatever does not look like that is an error here, never a guess.

import { ProtocolError } from "../errors.ts";

/** An integer of 2, 4 or 8 bytes. */
export function writeInteger(to: Buffer, at: number, size: number, bytes: Buffer, start: number, end: number): void {
  // Fifteen digits are exact in a double.
  if (end - start > 15) {
    to.writeBigInt64BE(BigInt(bytes.toString("latin1", start, end)), at);
    return;
  }
  const negative = bytes[start] === MINUS;
  let value = 0;
  for (let place = negative ? start + 1 : start; place < end; place += 1)
    value = value * 10 + digit(bytes, place, start, end);
  if (negative) value = -value;
  if (size === 8) writeInt64(to, at, value);
  else if (size === 4) to.writeInt32BE(value, at);
  else to.writeInt16BE(value, at);
}

/** Days since 2000-01-01. */
export function writeDate(to: Buffer, at: number, _size: number, bytes: Buffer, start: number, end: number): void {
  if (isLetter(bytes[start])) to.writeInt32BE(-(2 ** 31) + (2 ** 32 - 1), at);
  else if (bytes[start] === MINUS) to.writeInt32BE(-(2 ** 31), at);
  else to.writeInt32BE(readDate(bytes, start, end).days, at);
}

/** Microseconds since 2000-01-01, in UTC when the type has a time zone. */
export function writeTimestamp(to: Buffer, at: number, _size: number, bytes: Buffer, start: number, end: number): void {
  if (isLetter(bytes[start])) {
    to.writeBigInt64BE(2n ** 63n - 1n, at);
    return;
  }
  if (bytes[start] === MINUS) {
    to.writeBigInt64BE(-(2n ** 63n), at);
    return;
  }
  const { days, next } = readDate(bytes, start, end);
  if (bytes[next] !== SPACE) throw strange(bytes, start, end);
  const us = readTimeOfDay(bytes, next + 1, start, end);
  // Within 285 years of 2000 the microseconds are exact in a double.
  if (days > -100_000 && days < 100_000) writeInt64(to, at, days * US_PER_DAY + us);
  else to.writeBigInt64BE(BigInt(days) * BigInt(US_PER_DAY) + BigInt(us), at);
}

// --- internal ---

const MINUS = 0x2d;
const ZERO = 0x30;
const DOT = 0x2e;
const PLUS = 0x2b;
const SPACE = 0x20;
const US_PER_DAY = 86_400_000_000;
const TWO_32 = 2 ** 32;

// "infinity"; its negative begins with the sign, with which no date does.
function isLetter(byte: number | undefined): boolean {
  return byte === 0x69;
}

function writeInt64(to: Buffer, at: number, value: number): void {
  const high = Math.floor(value / TWO_32);
  to.writeInt32BE(high, at);
  to.writeUInt32BE(value - high * TWO_32, at + 4);
}

function digit(bytes: Buffer, place: number, start: number, end: number): number {
  const value = (bytes[place] as number) - ZERO;
  if (value < 0 || value > 9) throw strange(bytes, start, end);
  return value;
}

function strange(bytes: Buffer, start: number, end: number): ProtocolError {
  return new ProtocolError(
    `a value that does not read as its type: ${bytes.toString("utf8", start, Math.min(end, start + 60))}`,
  );
}

// "2024-03-10", "12024-03-10"; "0044-03-15 BC", where BC stands at the very end, behind a time of day if there is one.
function readDate(bytes: Buffer, start: number, end: number): { days: number; next: number } {
  let year = 0;
  let place = start;
  for (; bytes[place] !== MINUS; place += 1) year = year * 10 + digit(bytes, place, start, end);
  const two = (from: number) => digit(bytes, from, start, end) * 10 + digit(bytes, from + 1, start, end);
  const month = two(place + 1);
  const day = two(place + 4);
  if (bytes[place + 3] !== MINUS) throw strange(bytes, start, end);
  // There is no year 0: 1 BC comes before AD 1.
  const isBc = bytes[end - 1] === 0x43;
  return { days: daysSince2000(isBc ? 1 - year : year, month, day), next: place + 6 };
}

// Counted in years that begin in March, so that the leap day comes last; 400 years are always 146,097 days.
function daysSince2000(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 730_425;
}

// "01:02:03", "01:02:03.5"; then nothing, "+00", or " BC".
function readTimeOfDay(bytes: Buffer, at: number, start: number, end: number): number {
  const two = (from: number) => digit(bytes, from, start, end) * 10 + digit(bytes, from + 1, start, end);
  const seconds = (two(at) * 60 + two(at + 3)) * 60 + two(at + 6);
  let place = at + 8;
  let fraction = 0;
  if (bytes[place] === DOT) {
    let unit = 100_000;
    for (place += 1; place < end && bytes[place] !== PLUS && bytes[place] !== SPACE; place += 1) {
      fraction += digit(bytes, place, start, end) * unit;
      unit /= 10;
    }
  }
  const isUtc = bytes[place] === PLUS && bytes[place + 1] === ZERO && bytes[place + 2] === ZERO;
  const rest = end - place - (isUtc ? 3 : 0);
  if (rest !== 0 && !(rest === 3 && bytes[end - 3] === SPACE)) throw strange(bytes, start, end);
  return seconds * 1_000_000 + fraction;
}
