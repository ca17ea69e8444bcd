import { existsSync } from "node:fs";
import type { CommandModule } from "yargs";
import { place } from "../accepted/place.ts";
import { baselineFileOf, parseBaseline, renderBaseline } from "../boundaries/baseline.ts";
import { checkBoundaries } from "../boundaries/check-boundaries.ts";
import { ConfigurationInvalidError } from "../errors.ts";
import { seamsOf } from "../findings/seams-of.ts";
import { readFacts } from "../read/read-facts.ts";
import { readImports } from "../read/read-imports.ts";
import { renderCheck, type BoundaryReport, type CheckReport, type RulesReport } from "../report/check-text.ts";
import { checkImports } from "../rules/check-imports.ts";
import { parseImportRules } from "../rules/import-rules.ts";
import { CACHE_OPTION, cacheFolder, type CacheArguments } from "./cache-option.ts";
import { readConfiguration, writeWhole } from "./files.ts";
import { ACCEPTED, findAgreed, PLAN_OPTION, planFile, type PlanArguments } from "./plan.ts";
import { showProgress } from "./progress.ts";

export type CheckArguments = CacheArguments &
  PlanArguments & {
    path: string;
    rules: string | undefined;
    shrink: boolean | undefined;
    json: boolean | undefined;
  };

/** `check [path]`: exits 1 where the code breaks what people agreed on, and says where and why. */
export const checkCommand: CommandModule<object, CheckArguments> = {
  command: "check [path]",
  describe: "Hold a repository against its accepted contexts and import rules",
  builder: (yargs) =>
    yargs
      .positional("path", { type: "string", default: ".", describe: "Root of the repository, for the import rules" })
      .options(PLAN_OPTION)
      .option("rules", { type: "string", describe: "Import rules, if not import-rules.yaml" })
      .option("shrink", { type: "boolean", describe: "Take lines out of the baseline whose code is gone" })
      .options(CACHE_OPTION)
      .option("json", { type: "boolean", describe: "Print the result as one JSON document" })
      .example("$0 check", "Contexts, baseline and import rules of this repository")
      .example("$0 check --shrink", "After a seam was cut: the baseline forgets it"),
  handler: async ({ path, plan, rules, shrink, json, cache }) => {
    const kept = cacheFolder({ cache });
    const report: CheckReport = {
      boundaries: await checkAccepted(plan, shrink === true, kept),
      rules: await checkRules(path, rules, kept),
    };
    if (report.boundaries === null && report.rules === null) throw nothingToCheck(plan, rules);
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : renderCheck(report));
    if (isBroken(report)) process.exitCode = 1;
  },
};

// --- internal ---

const RULES_FILE = "import-rules.yaml";

async function checkAccepted(
  plan: string | undefined,
  shrink: boolean,
  cache: string | undefined,
): Promise<BoundaryReport | null> {
  const found = findAgreed(plan);
  if (!found) return null;
  const { file, accepted, path, schema } = found;
  const progress = showProgress(process.stderr, "reading");
  const reading = { schema, cache, history: false, onProgress: progress.step };
  const facts = await readFacts(path, reading).finally(progress.end);
  const { contexts, unplaced, unused } = place(facts, accepted);
  const baselineFile = baselineFileOf(file);
  const baseline = existsSync(baselineFile) ? parseBaseline(baselineFile, readConfiguration(baselineFile)) : [];
  const result = checkBoundaries(seamsOf(facts, contexts), baseline);
  if (shrink && result.stale.length > 0) writeWhole(baselineFile, renderBaseline(result.known));
  const stale = shrink ? [] : result.stale;
  return {
    file,
    baselineFile,
    path,
    ...result,
    stale,
    shrunk: result.stale.length - stale.length,
    unplaced,
    unused,
  };
}

async function checkRules(
  path: string,
  named: string | undefined,
  cache: string | undefined,
): Promise<RulesReport | null> {
  const file = named ?? RULES_FILE;
  if (named === undefined && !existsSync(file)) return null;
  const rules = parseImportRules(file, readConfiguration(file));
  const progress = showProgress(process.stderr, "reading");
  const imports = await readImports(path, { cache, onProgress: progress.step }).finally(progress.end);
  return {
    file,
    imports: imports.imports.length,
    rules: rules.length,
    violations: checkImports(imports, rules),
  };
}

function isBroken({ boundaries, rules }: CheckReport): boolean {
  const crossed =
    boundaries !== null &&
    boundaries.fresh.length +
      boundaries.stale.length +
      boundaries.unplaced.files.length +
      boundaries.unplaced.tables.length >
      0;
  return crossed || (rules !== null && rules.violations.length > 0);
}

function nothingToCheck(plan: string | undefined, rules: string | undefined): ConfigurationInvalidError {
  const missing = `${planFile(plan, ACCEPTED)} and ${rules ?? RULES_FILE}`;
  const advice = 'write the first with "strangler accept", or name them with --plan and --rules';
  return new ConfigurationInvalidError(missing, `neither is there; ${advice}`, null);
}
