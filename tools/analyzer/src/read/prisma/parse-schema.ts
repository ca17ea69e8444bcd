/** One `model`, `view`, `enum`, ... of a Prisma schema, as written. Lines count from 1. */
export type PrismaBlock = {
  kind: string;
  name: string;
  line: number;
  fields: PrismaField[];
  /** `@@map`, `@@id`, ... */
  attributes: PrismaAttribute[];
};

export type PrismaField = { name: string; type: string; list: boolean; line: number; attributes: PrismaAttribute[] };

/** `@relation("Author", fields: [authorId])` gives `relation` with the arguments `"Author"` and `fields`. */
export type PrismaAttribute = { name: string; args: { name: string | null; texts: string[] }[] };

/**
 * Reads a Prisma schema. The language is line by line: a block, in it one field or attribute on each line, whose
 * parentheses may go on over several. What it does not know, it skips.
 */
export function parsePrismaSchema(text: string): PrismaBlock[] {
  const cursor: Cursor = { tokens: tokenize(text), at: 0 };
  const blocks: PrismaBlock[] = [];
  for (let token = next(cursor); token; token = next(cursor)) {
    const name = cursor.tokens[cursor.at];
    const brace = cursor.tokens[cursor.at + 1];
    if (!WORD.test(token.text) || !name || brace?.text !== "{") continue;
    cursor.at += 2;
    blocks.push(readBlock(cursor, token.text, name));
  }
  return blocks;
}

/** The value of an attribute's argument: by its name, or the one without a name. */
export function argumentOf(attribute: PrismaAttribute | undefined, ...names: (string | null)[]): string[] {
  return attribute?.args.find((argument) => names.includes(argument.name))?.texts ?? [];
}

// --- internal ---

type Token = { text: string; line: number };
type Cursor = { tokens: readonly Token[]; at: number };

const WORD = /^\w/;
const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|@@?[\w.]+|[\w.-]+|\n|[^\s]/g;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let line = 1;
  for (const [found] of text.matchAll(TOKEN)) {
    if (!found.startsWith("//") && !found.startsWith("/*")) tokens.push({ text: found, line });
    for (const character of found) if (character === "\n") line += 1;
  }
  return tokens;
}

function next(cursor: Cursor): Token | undefined {
  const token = cursor.tokens[cursor.at];
  cursor.at += 1;
  return token;
}

function readBlock(cursor: Cursor, kind: string, name: Token): PrismaBlock {
  const block: PrismaBlock = { kind, name: name.text, line: name.line, fields: [], attributes: [] };
  for (let token = next(cursor); token && token.text !== "}"; token = next(cursor)) {
    if (token.text.startsWith("@@")) block.attributes.push(readAttribute(cursor, token));
    else if (WORD.test(token.text)) block.fields.push(readField(cursor, token));
  }
  return block;
}

// `posts Post[] @relation("Author")`, to the end of the line
function readField(cursor: Cursor, name: Token): PrismaField {
  const field: PrismaField = { name: name.text, type: "", list: false, line: name.line, attributes: [] };
  for (let token = peek(cursor); token && token.text !== "\n" && token.text !== "}"; token = peek(cursor)) {
    cursor.at += 1;
    if (token.text.startsWith("@")) field.attributes.push(readAttribute(cursor, token));
    else if (token.text === "(") readArguments(cursor);
    else if (token.text === "[") field.list = true;
    else if (WORD.test(token.text) && field.type === "") field.type = token.text;
  }
  return field;
}

function peek(cursor: Cursor): Token | undefined {
  return cursor.tokens[cursor.at];
}

function readAttribute(cursor: Cursor, token: Token): PrismaAttribute {
  const name = token.text.replace(/^@+/, "");
  if (peek(cursor)?.text !== "(") return { name, args: [] };
  cursor.at += 1;
  return { name, args: readArguments(cursor) };
}

// After the opening parenthesis, up to the one that closes it.
function readArguments(cursor: Cursor): PrismaAttribute["args"] {
  const args: PrismaAttribute["args"] = [];
  let current: PrismaAttribute["args"][number] = { name: null, texts: [] };
  let depth = 1;
  for (let token = next(cursor); token; token = next(cursor)) {
    if (token.text === "(" || token.text === "[") depth += 1;
    else if (token.text === ")" || token.text === "]") depth -= 1;
    else if (token.text === ":" && depth === 1) current = { name: current.texts.at(-1) ?? null, texts: [] };
    else if (token.text === "," && depth === 1) {
      args.push(current);
      current = { name: null, texts: [] };
    } else if (WORD.test(token.text) || token.text.startsWith('"')) current.texts.push(token.text.replaceAll('"', ""));
    if (depth === 0) break;
  }
  return [...args, current];
}
