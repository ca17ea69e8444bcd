import type { Text } from "../../source-facts.ts";

/**
 * SQL in code has holes: values, names, or whole conditions that are known only at run time. The grammar needs
 * something in each, and only tries tell what fits. `HOLE_NAME` marks names that stay unknown.
 */
export const HOLE_NAME = "hole_known_at_run_time";

/** What may stand in a hole, in the order of trying. */
const FILLINGS = ["value", "nothing", "name", "condition"] as const;
export type Filling = (typeof FILLINGS)[number];

export type HoledSql = { pieces: string[] };

/** Cuts text into literal pieces; between two pieces is a hole. Placeholders of drivers and knex become holes too. */
export function cutAtHoles(text: Text): HoledSql {
  let sql = "";
  for (const part of text) sql += typeof part === "string" ? markPlaceholders(part) : "\0";
  return { pieces: sql.split("\0") };
}

/** The first guess for every hole, from the word before it. */
export function guessFillings({ pieces }: HoledSql): Filling[] {
  return pieces.slice(0, -1).map((before, index) => guess(before, pieces[index + 1] ?? ""));
}

/** The SQL with every hole filled, and where each filling begins. */
export function fill({ pieces }: HoledSql, fillings: readonly Filling[]): { sql: string; starts: number[] } {
  let sql = pieces[0] ?? "";
  const starts: number[] = [];
  fillings.forEach((filling, index) => {
    starts.push(sql.length);
    sql += textOf(filling, index) + (pieces[index + 1] ?? "");
  });
  return { sql: sql.replaceAll("`", '"'), starts };
}

/** The next thing to try in a hole, or null when all have been tried. */
export function nextFilling(first: Filling, current: Filling): Filling | null {
  const order = [first, ...FILLINGS.filter((filling) => filling !== first)];
  return order[order.indexOf(current) + 1] ?? null;
}

// --- internal ---

// knex: `??` is a name, `?` a value, `:name:` a name, `:name` a value; `::` is a cast and `\\?` an operator.
function markPlaceholders(sql: string): string {
  return sql.replaceAll(
    /'(?:[^']|'')*'|"[^"]*"|--[^\n]*|\\+\?|\?\??(?![|&?])|(?<![:\w]):[a-z_]\w*(?::(?!:))?/gi,
    (match) => {
      if (/^(?:['"]|--)/.test(match)) return match;
      return match.startsWith("\\") ? "?" : "\0";
    },
  );
}

function guess(before: string, after: string): Filling {
  if (/\b(?:from|join|into|update|table|truncate|only|using)\s*(?:only\s+)?["`]?$/i.test(before)) return "name";
  if (/["`.\w]$/.test(before) || /^["`.\w]/.test(after)) return "name";
  if (
    /(?:[=<>(,+*/|%-]|\b(?:limit|offset|in|like|ilike|and|or|not|values|between|any|is|interval|select|then|else|when|on|where|by|set|having|returning))\s*$/i.test(
      before,
    )
  ) {
    return "value";
  }
  return "nothing";
}

function textOf(filling: Filling, index: number): string {
  switch (filling) {
    case "value":
      return ` $${index + 1} `;
    case "name":
      return HOLE_NAME;
    case "condition":
      return " and true ";
    case "nothing":
      return " ";
  }
}
