// Debezium's numbers for dates and times, as PostgreSQL writes them. The documentation's chapter "Temporal types" of each connector.

/** Days since 1970-01-01. */
export function dateText(days: bigint): string {
  return INFINITE_DAYS.get(days) ?? withEra(...civil(days), "");
}

/** A time of day; `perSecond` says in what it is counted. */
export function timeText(count: bigint, perSecond: bigint): string {
  const us = toMicroseconds(count, perSecond);
  return clock(us);
}

/** Since 1970-01-01 00:00, without a time zone; `perSecond` says in what it is counted. */
export function timestampText(count: bigint, perSecond: bigint): string {
  const infinite = INFINITE_US.get(toMicroseconds(count, perSecond));
  if (infinite !== undefined) return infinite;
  const us = toMicroseconds(count, perSecond);
  const inDay = ((us % DAY_US) + DAY_US) % DAY_US;
  return withEra(...civil((us - inDay) / DAY_US), ` ${clock(inDay)}`);
}

/**
 * ISO 8601 as PostgreSQL writes it under UTC: years of any length and before the common era, and with a time zone brought to UTC.
 * Whatever is not of that form is answered as it is.
 */
export function isoText(iso: string): string {
  const match = ISO.exec(iso);
  if (match === null) return iso;
  const [, year = "", month = "", day = "", hours, minutes = "", seconds = "0", fraction = "", zone] = match;
  // A date alone may carry a time zone, which means nothing there.
  if (hours === undefined) return withEra(Number(year), Number(month), Number(day), "");
  const days = daysOf(BigInt(year), Number(month), Number(day));
  const inDay = BigInt((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000_000n;
  const us = days * DAY_US + inDay + BigInt(fraction.slice(0, 6).padEnd(6, "0")) - zoneUs(zone);
  return zone === undefined ? timestampText(us, 1_000_000n) : zonedText(us);
}

// --- internal ---

const DAY_US = 86_400_000_000n;

const ISO = /^([+-]?\d{4,})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?(Z|[+-]\d\d:?\d\d)?$/;

function zoneUs(zone = "Z"): bigint {
  if (zone === "Z") return 0n;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return BigInt(zone.startsWith("-") ? -minutes : minutes) * 60_000_000n;
}

// The era stands behind the time zone.
function zonedText(us: bigint): string {
  const text = timestampText(us, 1_000_000n);
  return text.endsWith(" BC") ? `${text.slice(0, -3)}+00 BC` : `${text}+00`;
}

// What the connector makes of PostgreSQL's infinities: its largest and smallest day counted from 2000, moved to 1970 in 32 bits,
// which overflows; for timestamps, the driver's own constants.
const INFINITE_DAYS = new Map([
  [-2_147_472_692n, "infinity"],
  [-2_147_472_691n, "-infinity"],
]);
const INFINITE_US = new Map([
  [9_223_372_036_825_200_000n, "infinity"],
  [-9_223_372_036_832_400_000n, "-infinity"],
]);

function toMicroseconds(count: bigint, perSecond: bigint): bigint {
  return perSecond > 1_000_000n ? count / (perSecond / 1_000_000n) : count * (1_000_000n / perSecond);
}

function clock(us: bigint): string {
  const two = (value: bigint) => value.toString().padStart(2, "0");
  const whole = `${two(us / 3_600_000_000n)}:${two((us / 60_000_000n) % 60n)}:${two((us / 1_000_000n) % 60n)}`;
  const fraction = us % 1_000_000n;
  return fraction === 0n ? whole : `${whole}.${fraction.toString().padStart(6, "0").replace(/0+$/, "")}`;
}

// PostgreSQL counts the year before 1 AD as 1 BC; here it is 0.
function withEra(year: number, month: number, day: number, time: string): string {
  const shown = year > 0 ? year : 1 - year;
  const date = [String(shown).padStart(4, "0"), String(month).padStart(2, "0"), String(day).padStart(2, "0")].join("-");
  return `${date}${time}${year > 0 ? "" : " BC"}`;
}

function daysOf(year: bigint, month: number, day: number): bigint {
  const fromMarch = month <= 2 ? year - 1n : year;
  const era = (fromMarch >= 0n ? fromMarch : fromMarch - 399n) / 400n;
  const ofEra = Number(fromMarch - era * 400n);
  const ofYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const inEra = ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear;
  return era * 146_097n + BigInt(inEra) - 719_468n;
}

// Howard Hinnant's "chrono-compatible low-level date algorithms": the proleptic Gregorian calendar, which PostgreSQL uses too.
// Both ways. JavaScript's Date ends at the year 275760, PostgreSQL's timestamps at 294276.
function civil(days: bigint): [year: number, month: number, day: number] {
  const shifted = days + 719_468n;
  const era = (shifted >= 0n ? shifted : shifted - 146_096n) / 146_097n;
  const ofEra = Number(shifted - era * 146_097n);
  const yearOfEra = Math.floor(
    (ofEra - Math.floor(ofEra / 1_460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365,
  );
  const ofYear = ofEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return [yearOfEra + Number(era) * 400 + (month <= 2 ? 1 : 0), month, day];
}
