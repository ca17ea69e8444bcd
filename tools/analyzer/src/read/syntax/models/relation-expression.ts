/**
 * The paths that an expression of Objection's relation language names: `[pets, children.[pets as dogs, movies(old)]]`
 * gives `pets`, `children`, `children.pets`, `children.movies`.
 * Source: vincit.github.io/objection.js/api/types, RelationExpression.
 */
export function relationPaths(expression: string): string[][] {
  const tokens = expression.match(/[\w$]+(?:\s+as\s+[\w$]+)?|\([^)]*\)|[[\].,*^]/g) ?? [];
  const cursor: Cursor = { tokens, at: 0 };
  return readList(cursor, []);
}

// --- internal ---

type Cursor = { tokens: readonly string[]; at: number };

function readList(cursor: Cursor, before: readonly string[]): string[][] {
  const paths: string[][] = [];
  while (cursor.at < cursor.tokens.length) {
    const token = cursor.tokens[cursor.at];
    if (token === "]") break;
    cursor.at += 1;
    if (token === "[") {
      paths.push(...readList(cursor, before));
      cursor.at += 1;
    } else if (token !== undefined && /^[\w$]/.test(token)) paths.push(...readPath(cursor, token, before));
  }
  return paths;
}

function readPath(cursor: Cursor, name: string, before: readonly string[]): string[][] {
  const path = [...before, name.replace(/\s+as\s+.*$/, "")];
  if (cursor.tokens[cursor.at]?.startsWith("(")) cursor.at += 1;
  if (cursor.tokens[cursor.at] !== ".") return [path];
  cursor.at += 1;
  const next = cursor.tokens[cursor.at];
  if (next === undefined) return [path];
  cursor.at += 1;
  if (next === "^" || next === "*") return [path, ...afterRecursion(cursor)];
  if (next !== "[") return [path, ...readPath(cursor, next, path)];
  const inner = readList(cursor, path);
  cursor.at += 1;
  return [path, ...inner];
}

// `parent.^3`: the relation again and again, which leads to the same tables.
function afterRecursion(cursor: Cursor): string[][] {
  if (/^\d+$/.test(cursor.tokens[cursor.at] ?? "")) cursor.at += 1;
  return [];
}
