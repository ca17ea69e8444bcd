/** The first place where two JSON values differ, as an RFC 6901 pointer; `undefined` on a side means there is nothing there. */
export type JsonDifference = { pointer: string; control: unknown; candidate: unknown };

/** Deeper documents are compared as text: recursion must end before the stack does. */
export const MAX_DEPTH = 500;

/** Parses JSON so that numbers beyond a double's precision stay distinct. Undefined when it is no JSON. */
export function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: MAY_HOLD_LONG_NUMBER.test(text) ? parseExact(text) : (JSON.parse(text) as unknown) };
  } catch {
    return undefined;
  }
}

/** Finds the first difference; the order of an object's keys does not count, that of a list does. Throws a RangeError beyond MAX_DEPTH. */
export function findJsonDifference(control: unknown, candidate: unknown): JsonDifference | undefined {
  return compareValues(control, candidate, "", 0);
}

// --- internal ---

const MAY_HOLD_LONG_NUMBER = /\d{16}|[eE][+-]?\d{3}/;

type SourceContext = { source?: string };

// 12345678901234567890 and ...891 are the same double. As a bigint or as their own text they are not.
function parseExact(text: string): unknown {
  const revive = (_key: string, value: unknown, context?: SourceContext): unknown => {
    const source = context?.source;
    return typeof value === "number" && source !== undefined && String(value) !== source
      ? exactNumber(value, source)
      : value;
  };
  return JSON.parse(text, revive);
}

function exactNumber(value: number, source: string): unknown {
  if (/^-?\d+$/.test(source)) return Number.isSafeInteger(value) ? value : BigInt(source);
  return /\d{16}|[eE][+-]?\d{3}/.test(source) ? `number ${source}` : value;
}

function compareValues(
  control: unknown,
  candidate: unknown,
  pointer: string,
  depth: number,
): JsonDifference | undefined {
  if (control === candidate) return undefined;
  if (depth > MAX_DEPTH) throw new RangeError(`JSON deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(control) && Array.isArray(candidate)) return compareLists(control, candidate, pointer, depth);
  if (isObject(control) && isObject(candidate)) return compareObjects(control, candidate, pointer, depth);
  return { pointer, control, candidate };
}

function compareLists(control: unknown[], candidate: unknown[], pointer: string, depth: number) {
  const length = Math.max(control.length, candidate.length);
  for (let index = 0; index < length; index += 1) {
    const found = compareValues(control[index], candidate[index], `${pointer}/${index}`, depth + 1);
    if (found) return found;
  }
  return undefined;
}

function compareObjects(control: JsonObject, candidate: JsonObject, pointer: string, depth: number) {
  for (const key of new Set([...Object.keys(control), ...Object.keys(candidate)])) {
    const found = compareValues(
      Object.hasOwn(control, key) ? control[key] : undefined,
      Object.hasOwn(candidate, key) ? candidate[key] : undefined,
      `${pointer}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`,
      depth + 1,
    );
    if (found) return found;
  }
  return undefined;
}

type JsonObject = Record<string, unknown>;

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
