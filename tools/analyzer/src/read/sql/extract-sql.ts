import type { SourceFacts, StatementFact } from "../../source-facts.ts";
import { emptyFacts } from "../empty-facts.ts";

/** A file of SQL, statement by statement, in the shape of every other source file. */
export function extractSql(path: string, text: string): SourceFacts {
  const lines = text.split("\n");
  return { ...emptyFacts(path, lines.length), statements: splitStatements(lines).map(describe) };
}

// --- internal ---

type Piece = { line: number; text: string };

function describe({ line, text }: Piece): StatementFact {
  return {
    line,
    in: null,
    transaction: null,
    source: "sql",
    certain: true,
    code: text.trim().split("\n")[0] ?? "",
    tables: [],
    ownNames: [],
    sql: [{ text: [text], fragment: false, line }],
  };
}

/**
 * Statements end with a semicolon at the end of a line, unless a dollar quote is open. Commands of psql (`\connect`)
 * and rows that follow `COPY ... FROM stdin` are no SQL and left out.
 */
function splitStatements(lines: readonly string[]): Piece[] {
  const pieces: Piece[] = [];
  let open: Piece | null = null;
  let quote: string | null = null;
  let rows = false;
  lines.forEach((content, index) => {
    if (rows || content.startsWith("\\")) {
      rows = rows && content !== "\\.";
      return;
    }
    if (!open && content.trim() === "") return;
    open = open ? { ...open, text: `${open.text}\n${content}` } : { line: index + 1, text: content };
    quote = quoteAfter(quote, content);
    if (quote !== null || !/;\s*(?:--.*)?$/.test(content)) return;
    rows = /^\s*copy\b[\s\S]*\bfrom\s+stdin\b/i.test(open.text);
    pieces.push(open);
    open = null;
  });
  return open ? [...pieces, open] : pieces;
}

function quoteAfter(open: string | null, line: string): string | null {
  let quote = open;
  for (const [tag] of line.matchAll(/\$\w*\$/g)) {
    if (quote === null) quote = tag;
    else if (quote === tag) quote = null;
  }
  return quote;
}
