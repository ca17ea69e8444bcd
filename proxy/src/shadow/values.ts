/** Whether two numbers count as the same: integers exactly or within `absolute`, fractions also within `relative` of the larger one. */
export function equalNumbers(
  control: unknown,
  candidate: unknown,
  { absolute, relative }: { absolute: number; relative: number },
): boolean {
  if (typeof control !== "number" || typeof candidate !== "number") return control === candidate;
  const distance = Math.abs(control - candidate);
  if (distance <= absolute) return true;
  if (Number.isInteger(control) && Number.isInteger(candidate)) return false;
  return distance <= relative * Math.max(Math.abs(control), Math.abs(candidate));
}

/** Whether both texts are instants (RFC 3339, or an HTTP date of RFC 9110 section 5.6.7) no further apart than this. */
export function equalInstants(control: string, candidate: string, withinMs: number): boolean {
  if (!isInstant(control) || !isInstant(candidate)) return false;
  return Math.abs(Date.parse(control) - Date.parse(candidate)) <= withinMs;
}

/** Whether two texts are of one format: instants, UUIDs, numbers, nothing, or any other text. */
export function isSameFormat(control: string, candidate: string): boolean {
  return formatOf(control) === formatOf(candidate);
}

// --- internal ---

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)?$/;
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

const FORMATS: readonly (readonly [string, RegExp])[] = [
  ["nothing", /^\s*$/],
  ["number", /^[+-]?\d+(?:[.,]\d+)?$/],
  ["uuid", /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i],
  ["instant", RFC_3339],
  ["http date", HTTP_DATE],
];

function isInstant(text: string): boolean {
  return RFC_3339.test(text) || HTTP_DATE.test(text);
}

function formatOf(text: string): string {
  return FORMATS.find(([, pattern]) => pattern.test(text))?.[0] ?? "text";
}
