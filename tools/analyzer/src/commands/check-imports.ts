import { readFileSync } from "node:fs";
import type { CommandModule } from "yargs";
import { ConfigurationInvalidError } from "../errors.ts";
import { readImports } from "../read/read-imports.ts";
import { checkImports, type Violation } from "../rules/check-imports.ts";
import { parseImportRules, type ImportRule } from "../rules/import-rules.ts";
import { showProgress } from "./progress.ts";

export type CheckImportsArguments = { path: string; rules: string };

/** `check-imports [path] --rules FILE`: exits 1 where an import breaks a rule, and says why the rule is there. */
export const checkImportsCommand: CommandModule<object, CheckImportsArguments> = {
  command: "check-imports [path]",
  describe: "Hold a repository's imports against its rules",
  builder: (yargs) =>
    yargs
      .positional("path", { type: "string", default: ".", describe: "Root of the repository" })
      .option("rules", { type: "string", default: "import-rules.yaml", describe: "File with the rules" })
      .example("$0 check-imports . --rules import-rules.yaml", "Exit status 1 and a line for every broken rule"),
  handler: ({ path, rules: file }) => {
    const rules = readRules(file);
    const progress = showProgress(process.stderr, "reading");
    const imports = readImports(path, { onProgress: progress.step });
    progress.end();
    const violations = checkImports(imports, rules);
    process.stdout.write(renderViolations(violations, imports.imports.length, rules.length));
    if (violations.length > 0) process.exitCode = 1;
  },
};

/** One paragraph for each violation: the place, the import, the rule, the reason. */
export function renderViolations(violations: readonly Violation[], imports: number, rules: number): string {
  const paragraphs = violations.map(
    ({ file, line, specifier, rule, why }) => `${file}:${line} imports ${specifier}\n  breaks "${rule}": ${why}\n`,
  );
  const last = `${imports} imports held against ${rules} rules, ${violations.length} broken.\n`;
  return [...paragraphs, last].join("\n");
}

// --- internal ---

function readRules(file: string): ImportRule[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new ConfigurationInvalidError(file, `the file cannot be read (${reason})`, null);
  }
  return parseImportRules(file, text);
}
