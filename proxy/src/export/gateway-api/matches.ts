import type { Rule } from "../model.ts";
import { canonicalPathExpression } from "../path-expression.ts";

/** The matches of a rule: any one of them is enough, so each method has its own. */
export function matchesOf({ pattern, path, methods, conditions }: Rule): object[] {
  const headers = conditions.filter(({ where }) => where === "header").map(valueMatch);
  const queryParams = conditions.filter(({ where }) => where === "query").map(valueMatch);
  const common = {
    path: pathMatch(pattern, path),
    ...(headers.length === 0 ? {} : { headers }),
    ...(queryParams.length === 0 ? {} : { queryParams }),
  };
  return methods === undefined ? [common] : methods.map((method) => ({ ...common, method }));
}

// --- internal ---

function pathMatch(pattern: Rule["pattern"], path: string): object {
  if (pattern.segments.includes(null)) return { type: "RegularExpression", value: canonicalPathExpression(pattern) };
  if (!pattern.below) return { type: "Exact", value: path };
  return { type: "PathPrefix", value: path === "/*" ? "/" : path.slice(0, -2) };
}

function valueMatch({ name, value }: Rule["conditions"][number]): object {
  return value === undefined ? { type: "RegularExpression", name, value: ".*" } : { type: "Exact", name, value };
}
