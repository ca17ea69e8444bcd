/**
 * The only file that knows which parser is in use. ts-morph carries its own TypeScript; when either ends, this door
 * and the visitors beside it are what has to change, and nothing behind `SourceFacts`.
 */
import { ts } from "ts-morph";

export { ts };

/** Parses one file. The tree has no parent pointers and is meant to be dropped as soon as its facts are taken. */
export function parseSource(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, PARSING, false, scriptKind(path));
}

/** The first syntax error of a file, with its line counted from 1; what follows it is mostly its echo. */
export function syntaxProblems(source: ts.SourceFile): { line: number; reason: string }[] {
  // The parser keeps its complaints on the file, but the published type leaves the field out.
  const { parseDiagnostics = [] } = source as { parseDiagnostics?: readonly ts.DiagnosticWithLocation[] };
  const [first, ...others] = parseDiagnostics;
  if (!first) return [];
  const message = ts.flattenDiagnosticMessageText(first.messageText, " ");
  const more = others.length > 0 ? ` (and ${others.length} more)` : "";
  const line = source.getLineAndCharacterOfPosition(first.start).line + 1;
  return [{ line, reason: `syntax error: ${message}${more}` }];
}

/** JSON as tsconfig files use it: with comments and trailing commas. Undefined where it cannot be read. */
export function parseJsonWithComments(path: string, text: string): unknown {
  const result: { config?: unknown; error?: ts.Diagnostic } = ts.parseConfigFileTextToJson(path, text);
  return result.error ? undefined : result.config;
}

// --- internal ---

// No fact comes from a comment, and comments that document are a tenth of the time of parsing.
const PARSING: ts.CreateSourceFileOptions = {
  languageVersion: ts.ScriptTarget.Latest,
  jsDocParsingMode: ts.JSDocParsingMode.ParseNone,
};

function scriptKind(path: string): ts.ScriptKind {
  if (path.endsWith(".tsx")) return ts.ScriptKind.TSX;
  return /\.[mc]?ts$/.test(path) ? ts.ScriptKind.TS : ts.ScriptKind.JSX;
}
