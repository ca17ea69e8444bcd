/** Parses JSON so that integers beyond a double's precision stay distinct. Undefined when it is no JSON. */
export function parseJson(text: string): { value: unknown } | undefined {
  try {
    return { value: MAY_HOLD_LONG_NUMBER.test(text) ? parseExact(text) : (JSON.parse(text) as unknown) };
  } catch {
    return undefined;
  }
}

// --- internal ---

// Fractions are left to the double: what it cannot hold of them is below any tolerance.
const MAY_HOLD_LONG_NUMBER = /(?<![\d.])\d{16}|\d[eE][+-]?\d{3}/;

type SourceContext = { source?: string };

// 12345678901234567890 and ...891 are the same double. As a bigint, or as their own text, they are not.
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
  const isRepresented = Number.isFinite(value) && (value !== 0 || !/[1-9].*e/i.test(source));
  return isRepresented ? value : `number ${source}`;
}
