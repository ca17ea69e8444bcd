import { LineCounter, parseDocument, type Document } from "yaml";
import { z } from "zod";
import { ImportRulesInvalidError } from "../errors.ts";

const globs = z.array(z.string().min(1)).min(1);

const ruleSchema = z.strictObject({
  /** Names the rule in a violation. */
  name: z.string().min(1),
  /** The sentence that a person reads who broke it. */
  why: z.string().min(1),
  /** Files that the rule binds, and those among them that it does not. */
  from: globs,
  except: globs.optional(),
  /** Packages of this repository that may be imported; left out: all. A package may always import itself. */
  ours: z.array(z.string()).optional(),
  /** Public packages that may be imported; left out: all. Node's own modules always may. */
  packages: z.array(z.string()).optional(),
  /** Packages of this repository that may not be imported, whatever other rules say. */
  never: z.array(z.string()).optional(),
  /** Imports of another package have to go through its public door: the package's name, as its `exports` says. */
  doors: z.boolean().optional(),
});

const rulesSchema = z.strictObject({ rules: z.array(ruleSchema).min(1) });

export type ImportRule = z.infer<typeof ruleSchema>;

/** Parses a file of import rules; `file` is named in complaints. Throws ImportRulesInvalidError with the place. */
export function parseImportRules(file: string, text: string): ImportRule[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken) {
    const { line, col } = lines.linePos(broken.pos[0]);
    throw new ImportRulesInvalidError(file, `not valid YAML: ${broken.message.split("\n")[0]}`, { line, column: col });
  }
  const result = rulesSchema.safeParse(document.toJS());
  if (result.success) return result.data.rules;

  const [issue] = result.error.issues;
  const path = issue?.path ?? [];
  const where = path.length > 0 ? `${path.join(".")}: ` : "";
  throw new ImportRulesInvalidError(
    file,
    `${where}${issue?.message ?? "not a list of rules"}`,
    placeOf(document, path, lines),
  );
}

// --- internal ---

function placeOf(
  document: Document,
  path: readonly PropertyKey[],
  lines: LineCounter,
): { line: number; column: number } | null {
  for (let length = path.length; length >= 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    const range = typeof node === "object" && node !== null && "range" in node ? node.range : null;
    if (!Array.isArray(range)) continue;
    const { line, col } = lines.linePos(Number(range[0]));
    return { line, column: col };
  }
  return null;
}
