import { canonicalPath } from "../guard/canonical-path.ts";

/**
 * A path pattern, segment by segment. `null` stands for one segment of any content. With `below`, the pattern covers the
 * path that its segments spell and everything underneath (`/products/*` covers /products, /products/ and /products/a/b).
 */
export type PathPattern = { segments: readonly (string | null)[]; below: boolean };

/** What is wrong with a pattern, and how it should be written where that is known. */
export type PatternProblem = { reason: string; suggestion?: string };

const PARAMETER = /^:[A-Za-z_][A-Za-z0-9_]*$/;

/** Parses `/api/products/:id`, `/products/*` or a literal path. Answers a PatternProblem when it is none of these. */
export function parsePattern(text: string): PathPattern | PatternProblem {
  if (!text.startsWith("/")) return { reason: `the path "${text}" must begin with a slash`, suggestion: `/${text}` };
  const below = text.endsWith("/*");
  const parts = splitPath(below ? text.slice(0, -2) : text);
  const segments: (string | null)[] = [];
  for (const part of parts) {
    if (part.includes("*")) return { reason: `in "${text}" a * may only stand alone, as the last segment` };
    if (part.startsWith(":") && !PARAMETER.test(part)) return { reason: `"${part}" is not a parameter's name` };
    segments.push(part.startsWith(":") ? null : part);
  }
  return literalProblem(text, segments) ?? { segments, below };
}

/** "/" has one empty segment, "/a/" has two: a path with a trailing slash is another path. "" has none. */
export function splitPath(path: string): string[] {
  return path === "" ? [] : path.slice(1).split("/");
}

/** Whether a pattern covers a canonical path, whatever other patterns say. */
export function covers({ segments, below }: PathPattern, path: string): boolean {
  const parts = splitPath(path);
  if (below ? parts.length < segments.length : parts.length !== segments.length) return false;
  // An empty segment is a trailing slash, not a value.
  return segments.every((segment, index) => (segment === null ? parts[index] !== "" : parts[index] === segment));
}

/** Two patterns with the same shape cover the same paths; the names of parameters do not matter. */
export function shapeOf({ segments, below }: PathPattern): string {
  return `/${segments.map((segment) => segment ?? ":").join("/")}${below ? "/*" : ""}`;
}

// --- internal ---

// A pattern is compared with canonical paths, so a literal that is not in that form could never match.
function literalProblem(text: string, segments: readonly (string | null)[]): PatternProblem | undefined {
  const literal = `/${segments.map((segment) => segment ?? "x").join("/")}`;
  const canonical = canonicalPath(literal);
  if ("refused" in canonical) return { reason: `the path "${text}" can never match: ${canonical.refused}` };
  if (canonical.path === literal) return undefined;
  return { reason: `the path "${text}" can never match, it is not in canonical form`, suggestion: canonical.path };
}
