import { hasSqlDetails, parsePlPgSQLSync, parseSync } from "libpg-query";
import type { Text } from "../../source-facts.ts";
import { cutAtHoles, fill, guessFillings, HOLE_NAME, nextFilling, type Filling, type HoledSql } from "./fill-holes.ts";
import { loadParser } from "./load-parser.ts";
import { collectTables, createFindings, qualifiedName, type SqlFindings } from "./sql-tables.ts";

export type SqlReading = SqlFindings & { confidence: "parsed" | "guessed" };

/** Reads one piece of SQL; `fragment` may be a condition or a join instead of a whole statement. Null: no SQL at all. */
export type ReadSql = (text: Text, fragment: boolean) => SqlReading | null;

/** Loads PostgreSQL's own parser once; reading is synchronous and pure from then on. */
export async function createSqlReader(): Promise<ReadSql> {
  await loadParser();
  return (text, fragment) => {
    const cut = cutAtHoles(text);
    const frames = fragment ? [WHOLE, ...FRAGMENT_FRAMES] : [WHOLE];
    for (const frame of frames) {
      const tree = parseWithHoles({ pieces: framed(cut.pieces, frame) });
      if (tree) return { ...readTree(tree), confidence: "parsed" };
    }
    return guessTables(cut.pieces.join(` ${HOLE_NAME} `));
  };
}

// --- internal ---

type Frame = readonly [before: string, after: string];
const WHOLE: Frame = ["", ""];
const FRAGMENT_FRAMES: readonly Frame[] = [
  ["select ", ""],
  ["select 1 where ", ""],
  ["select 1 from (select 1) framed ", ""],
  ["select 1 from ", ""],
  ["select 1 order by ", ""],
];

function framed(pieces: readonly string[], [before, after]: Frame): string[] {
  const last = pieces.length - 1;
  return pieces.map((piece, index) => (index === 0 ? before : "") + piece + (index === last ? after : ""));
}

const MOST_TRIES = 40;

// Where the grammar stops, the hole at or before that place is the suspect: give it another filling and try again.
function parseWithHoles(cut: HoledSql): unknown {
  const first = guessFillings(cut);
  const fillings = [...first];
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const { sql, starts } = fill(cut, fillings);
    const result = tryParse(sql);
    if ("tree" in result) return result.tree;
    if (!changeSuspect(first, fillings, starts, result.errorAt)) return null;
  }
  return null;
}

function changeSuspect(first: Filling[], fillings: Filling[], starts: number[], errorAt: number): boolean {
  for (let index = starts.length - 1; index >= 0; index--) {
    const [initial, current] = [first[index], fillings[index]];
    if ((starts[index] ?? 0) > errorAt || !initial || !current) continue;
    const next = nextFilling(initial, current);
    if (next) {
      fillings[index] = next;
      return true;
    }
  }
  return false;
}

function tryParse(sql: string): { tree: unknown } | { errorAt: number } {
  try {
    return { tree: parseSync(sql) };
  } catch (error) {
    const known = hasSqlDetails(error) ? error.sqlDetails?.cursorPosition : undefined;
    return { errorAt: known ?? sql.length };
  }
}

function readTree(tree: unknown): SqlFindings {
  const findings = createFindings();
  collectTables(tree, findings);
  collectFunctions(tree, findings);
  return findings;
}

// A function's body is text. PL/pgSQL has a parser of its own, which gives the queries inside as text again.
function collectFunctions(tree: unknown, findings: SqlFindings): void {
  for (const node of find(tree, "CreateFunctionStmt")) {
    const name = qualifiedName(get(node, "funcname"));
    const body = find(node, "DefElem").find((element) => get(element, "defname") === "as");
    const text = strings(get(body, "arg")).join("\n");
    if (name === null) continue;
    findings.functions.push({ name, tables: tablesOfBody(text), offset: 0 });
  }
}

function tablesOfBody(body: string): SqlFindings["functions"][number]["tables"] {
  const wrapped = `create function f() returns trigger language plpgsql as $strangler$${body}$strangler$`;
  const queries = tryPlPgSql(wrapped) ?? [body];
  return queries.flatMap((query) => {
    const result = tryParse(query);
    if (!("tree" in result)) return [];
    return readTree(result.tree).tables.map(({ name, mode }) => ({ name, mode }));
  });
}

function tryPlPgSql(sql: string): string[] | null {
  try {
    return find(parsePlPgSQLSync(sql), "PLpgSQL_expr").flatMap((expression) => {
      const query = get(expression, "query");
      return typeof query === "string" ? [query] : [];
    });
  } catch {
    return null; // not PL/pgSQL: the body is plain SQL or another language
  }
}

function find(node: unknown, kind: string): unknown[] {
  if (Array.isArray(node)) return node.flatMap((item: unknown) => find(item, kind));
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([key, value]: [string, unknown]) => {
    const below = find(value, kind);
    return key === kind ? [value, ...below] : below;
  });
}

function get(node: unknown, key: string): unknown {
  if (typeof node !== "object" || node === null) return null;
  return new Map<string, unknown>(Object.entries(node)).get(key) ?? null;
}

function strings(node: unknown): string[] {
  return find(node, "sval").filter((value) => typeof value === "string");
}

/** For text that the grammar rejects: the names after the words that tables follow. */
function guessTables(sql: string): SqlReading | null {
  if (!/\b(?:select|insert|update|delete|merge)\b/i.test(sql)) return null;
  const findings = createFindings();
  const own = new Set([...sql.matchAll(/\b(\w+)\s+as\s+(?:not\s+)?(?:materialized\s+)?\(/gi)].map((match) => match[1]));
  const pattern = /\b(from|join|insert\s+into|delete\s+from|update)\s+(?:only\s+)?["`]?([a-z_][\w.]*)["`]?(?!\s*\()/gi;
  for (const match of sql.matchAll(pattern)) {
    const [, verb = "", name = ""] = match;
    if (NOT_TABLES.test(name) || own.has(name)) continue;
    const mode = /^(?:from|join)$/i.test(verb) ? "read" : "write";
    findings.tables.push({ name, mode, offset: match.index });
  }
  return findings.tables.length === 0 ? null : { ...findings, confidence: "guessed" };
}

const NOT_TABLES = /^(?:select|set|lateral|unnest|generate_series|where|the|a|an|of|on|nothing)$/i;
