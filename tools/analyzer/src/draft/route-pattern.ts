/** A path of a web framework as a pattern of `plan/routes.yaml`: exact, `:name` for any one segment, `/*` at the end. */
export type RoutePattern = {
  path: string;
  /** False where the pattern takes more requests than the route did, or where a part of the path is not known. */
  exact: boolean;
};

/**
 * Translates a route's path. What the pattern language cannot say (a regular expression, an optional part, a star in
 * the middle) becomes the narrowest pattern that takes all of it.
 */
export function routePattern(path: string): RoutePattern {
  const patterns: string[] = [];
  let exact = true;
  for (const segment of path.split("/").filter(Boolean)) {
    const translated = segmentPattern(segment);
    exact &&= translated.exact;
    if (translated.rest) return { path: `/${[...patterns, "*"].join("/")}`, exact };
    patterns.push(translated.pattern);
  }
  return { path: `/${patterns.join("/")}`, exact };
}

// --- internal ---

type SegmentPattern = { pattern: string; exact: boolean; rest: boolean };

function segmentPattern(segment: string): SegmentPattern {
  const name = /^(?::(\w+)|\[(\w+)\])$/.exec(segment);
  if (name) return { pattern: `:${name[1] ?? name[2] ?? "part"}`, exact: true, rest: false };
  if (/^(?:\*\w*|:\w+\*|\[\.{3}\w+\]|\{\*\w+\})$/.test(segment)) return { pattern: "*", exact: true, rest: true };
  if (/^[\w.~!$&'+,;=@%-]+$/.test(segment)) return { pattern: segment, exact: true, rest: false };
  // `:id?` may be missing, so the path without it is taken, too.
  if (/^:\w+\?$/.test(segment)) return { pattern: "*", exact: false, rest: true };
  const constrained = /^:(\w+)/.exec(segment);
  return { pattern: `:${constrained?.[1] ?? "part"}`, exact: false, rest: false };
}
