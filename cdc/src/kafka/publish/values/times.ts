// Dates and times as Debezium writes them (its documentation, "Temporal types", time.precision.mode=adaptive), from the ISO text that the
// session is pinned to. Infinite ones become what PostgreSQL's Java driver makes of them, since that is what consumers know.

const INFINITE_US: Readonly<Record<string, string>> = {
  infinity: "9223372036825200000",
  "-infinity": "-9223372036832400000",
};
// PostgreSQL counts days since 2000 in 32 bits, with its largest and smallest for these; moved to 1970 they overflow.
const INFINITE_DAYS: Readonly<Record<string, string>> = { infinity: "-2147472692", "-infinity": "-2147472691" };

/** Days since 1970. */
export function dateDays(text: string): string {
  const infinite = INFINITE_DAYS[text];
  return infinite ?? String(parseDate(text).days);
}

/** Microseconds since midnight; 24:00:00 is a day of them. */
export function timeMicros(text: string): number {
  const match = CLOCK.exec(text);
  if (match === null) throw new RangeError(`"${text}" is not a time of day.`);
  return clockMicros(match, 1);
}

/** Microseconds since 1970, for a timestamp without time zone as if it were UTC. */
export function timestampMicros(text: string): string {
  return INFINITE_US[text] ?? withMicros(text, (seconds, micros) => join(seconds, micros, 1_000_000));
}

/** Milliseconds since 1970. */
export function timestampMillis(text: string): string {
  return INFINITE_US[text] ?? withMicros(text, (seconds, micros) => join(seconds, Math.trunc(micros / 1_000), 1_000));
}

/** ISO 8601 in UTC with as many digits as the column has: 0 to 6. The session's time zone is UTC, so the server has moved it there. */
export function zonedTimestamp(text: string, digits: number): string {
  if (text in INFINITE_US) return text;
  const isBc = text.endsWith(" BC");
  const match = STAMP.exec(isBc ? text.slice(0, -3) : text);
  if (match === null) throw new RangeError(`"${text}" is not a timestamp.`);
  const [, year = "", month, day, hour, minute, second, fraction = ""] = match;
  const shown = fraction.padEnd(digits, "0").slice(0, digits);
  const years = isBc ? isoYear(1 - Number(year)) : isoYear(Number(year));
  return `${years}-${month}-${day}T${hour}:${minute}:${second}${shown === "" ? "" : `.${shown}`}Z`;
}

/** A time of day with its zone, moved to UTC; only the digits that it has. */
export function zonedTime(text: string): string {
  const match = ZONED_CLOCK.exec(text);
  if (match === null) throw new RangeError(`"${text}" is not a time of day with a zone.`);
  const offset = Number(match[6] ?? 0) * 3_600 + Number(match[7] ?? 0) * 60 + Number(match[8] ?? 0);
  const micros = clockMicros(match, 1) - (match[5] === "-" ? -offset : offset) * 1_000_000;
  const inDay = ((micros % DAY_US) + DAY_US) % DAY_US;
  const seconds = Math.floor(inDay / 1_000_000);
  const fraction = String(inDay % 1_000_000)
    .padStart(6, "0")
    .replace(/0+$/, "");
  const clock = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  return `${clock}${fraction === "" ? "" : `.${fraction}`}Z`;
}

/** An interval in microseconds; a month has 30.4375 days, a year twelve of them, as in Debezium's MicroDuration. */
export function durationMicros(text: string): string {
  let micros = 0n;
  for (const [, amount = "0", unit = ""] of text.matchAll(/([+-]?\d+) (year|mon|day)s?/g)) {
    micros += BigInt(amount) * (UNIT_US[unit] ?? 0n);
  }
  const clock = /([+-]?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?$/.exec(text);
  if (clock !== null) {
    const [, sign, hours = "0", minutes = "0", seconds = "0", fraction = ""] = clock;
    const whole = (BigInt(hours) * 3_600n + BigInt(minutes) * 60n + BigInt(seconds)) * 1_000_000n;
    const part = whole + BigInt(fraction.padEnd(6, "0").slice(0, 6));
    micros += sign === "-" ? -part : part;
  }
  return String(micros);
}

// --- internal ---

const DATE = /^(\d+)-(\d\d)-(\d\d)/;
const CLOCK = /^(\d\d):(\d\d):(\d\d)(?:\.(\d+))?$/;
const ZONED_CLOCK = /^(\d\d):(\d\d):(\d\d)(?:\.(\d+))?([+-])(\d\d)(?::(\d\d))?(?::(\d\d))?$/;
const STAMP = /^(\d+)-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:\+00)?$/;
const DAY_US = 86_400_000_000;
const DAY_S = 86_400;
const UNIT_US: Readonly<Record<string, bigint>> = {
  year: 31_557_600_000_000n,
  mon: 2_629_800_000_000n,
  day: 86_400_000_000n,
};

function clockMicros(match: RegExpExecArray, from: number): number {
  const [hours, minutes, seconds] = [match[from], match[from + 1], match[from + 2]].map(Number);
  const fraction = Number((match[from + 3] ?? "").padEnd(6, "0").slice(0, 6));
  return ((hours ?? 0) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0)) * 1_000_000 + fraction;
}

function parseDate(text: string): { days: number } {
  const isBc = text.endsWith(" BC");
  const match = DATE.exec(text);
  if (match === null) throw new RangeError(`"${text}" is not a date.`);
  const year = Number(match[1]);
  return { days: daysSince1970(isBc ? 1 - year : year, Number(match[2]), Number(match[3])) };
}

// Days of the proleptic Gregorian calendar: a year is taken to begin in March, so that the leap day is its last.
function daysSince1970(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const ofEra = shifted - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719_468;
}

function withMicros(text: string, use: (seconds: number, micros: number) => string): string {
  const isBc = text.endsWith(" BC");
  const match = STAMP.exec(isBc ? text.slice(0, -3) : text);
  if (match === null) throw new RangeError(`"${text}" is not a timestamp.`);
  const year = Number(match[1]);
  const days = daysSince1970(isBc ? 1 - year : year, Number(match[2]), Number(match[3]));
  const micros = clockMicros(match, 4);
  return use(days * DAY_S + Math.floor(micros / 1_000_000), micros % 1_000_000);
}

// Exact also where the product is beyond what a double can count.
function join(seconds: number, rest: number, perSecond: number): string {
  const value = seconds * perSecond + rest;
  return Number.isSafeInteger(value) ? String(value) : String(BigInt(seconds) * BigInt(perSecond) + BigInt(rest));
}

function isoYear(year: number): string {
  if (year >= 0 && year <= 9_999) return String(year).padStart(4, "0");
  return `${year < 0 ? "-" : "+"}${String(Math.abs(year)).padStart(4, "0")}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
