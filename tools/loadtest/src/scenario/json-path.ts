/** A key, a position, or "every item". */
export type PathPart = string | number | typeof EVERY;

export const EVERY = Symbol("every item");

/**
 * Parses `items[*].price`, `lines[0].id`, `$` (the whole) or `$[*].id`.
 * Throws a SyntaxError that says what is wrong with the path.
 */
export function parseJsonPath(path: string): readonly PathPart[] {
  const rest = path.startsWith("$") ? path.slice(1) : `.${path}`;
  const parts: PathPart[] = [];
  const part = /\.([^.[\]\s]+)|\[(\d+)\]|\[(\*)\]/y;
  while (part.lastIndex < rest.length) {
    const at = part.lastIndex;
    const found = part.exec(rest);
    if (!found) throw new SyntaxError(`"${path}" cannot be read from "${rest.slice(at)}" on; write a.b, a[0] or a[*]`);
    parts.push(found[1] ?? (found[2] === undefined ? EVERY : Number(found[2])));
  }
  return parts;
}

/** Every value that stands at the path; none when it leads nowhere. */
export function findValues(document: unknown, path: readonly PathPart[]): readonly unknown[] {
  let found: readonly unknown[] = [document];
  for (const part of path) found = found.flatMap((value) => step(value, part));
  return found;
}

// --- internal ---

function step(value: unknown, part: PathPart): readonly unknown[] {
  if (part === EVERY) return Array.isArray(value) ? (value as unknown[]) : [];
  if (typeof part === "number") return Array.isArray(value) && part in value ? [value[part] as unknown] : [];
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord && Object.hasOwn(value, part) ? [(value as Record<string, unknown>)[part]] : [];
}
