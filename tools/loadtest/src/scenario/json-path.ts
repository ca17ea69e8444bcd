/** A key, a position, every item, or the items that a comparison holds for. */
export type PathPart = string | number | { every: Filter | null };

export type Filter = { key: string; operator: Operator; value: number | string };

/** What stands at a path: the values, and in how many places something was missing on the way. */
export type Found = { values: readonly unknown[]; missing: number };

/**
 * Parses `items[*].price`, `lines[0].id`, `items[?stock>=5].id`, `$` (the whole) or `$[*].id`.
 * Throws a SyntaxError that says what is wrong with the path.
 */
export function parseJsonPath(path: string): readonly PathPart[] {
  const known = cache.get(path);
  if (known) return known;
  const rest = path.startsWith("$") ? path.slice(1) : `.${path}`;
  const parts: PathPart[] = [];
  const part = /\.([^.[\]\s]+)|\[(\d+)\]|\[\*\]|\[\?([\w-]+)(>=|<=|!=|=|>|<)([^\]]+)\]/y;
  while (part.lastIndex < rest.length) {
    const at = part.lastIndex;
    const found = part.exec(rest);
    if (!found) {
      throw new SyntaxError(`"${path}" cannot be read from "${rest.slice(at)}" on; write a.b, a[0], a[*] or a[?b>=5]`);
    }
    parts.push(toPart(found));
  }
  cache.set(path, parts);
  return parts;
}

/** Looks a path up. "Every item" of an empty list is nothing, and nothing is missing; a key that is not there is missing. */
export function findValues(document: unknown, path: readonly PathPart[]): Found {
  let found: Found = { values: [document], missing: 0 };
  for (const part of path) {
    const steps = found.values.map((value) => step(value, part));
    const lost = steps.filter((values) => values === undefined).length;
    found = { values: steps.flatMap((values) => values ?? []), missing: found.missing + lost };
  }
  return found;
}

// --- internal ---

type Operator = ">=" | "<=" | "!=" | "=" | ">" | "<";

const cache = new Map<string, readonly PathPart[]>();

function toPart([, key, index, filterKey, operator, value]: RegExpExecArray): PathPart {
  if (key !== undefined) return key;
  if (index !== undefined) return Number(index);
  if (filterKey === undefined || value === undefined) return { every: null };
  const isNumber = value.trim() !== "" && !Number.isNaN(Number(value));
  return { every: { key: filterKey, operator: operator as Operator, value: isNumber ? Number(value) : value } };
}

/** undefined where the value has no such part at all. */
function step(value: unknown, part: PathPart): readonly unknown[] | undefined {
  if (typeof part === "object") {
    if (!Array.isArray(value)) return undefined;
    const { every } = part;
    const items = value as unknown[];
    return every === null ? items : items.filter((item) => holds(item, every));
  }
  if (typeof part === "number") return Array.isArray(value) && part in value ? [value[part] as unknown] : undefined;
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord && Object.hasOwn(value, part) ? [(value as Record<string, unknown>)[part]] : undefined;
}

function holds(item: unknown, { key, operator, value }: Filter): boolean {
  const actual = step(item, key)?.[0];
  if (operator === "=") return actual === value;
  if (operator === "!=") return actual !== value;
  if (typeof actual !== typeof value) return false;
  const [a, b] = [actual as number | string, value];
  if (operator === ">=") return a >= b;
  if (operator === "<=") return a <= b;
  return operator === ">" ? a > b : a < b;
}
