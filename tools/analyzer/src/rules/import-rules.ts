import { z } from "zod";
import { parseYamlFile } from "../yaml-file.ts";

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

/** Parses a file of import rules; `file` is named in complaints. Throws ConfigurationInvalidError with the place. */
export function parseImportRules(file: string, text: string): ImportRule[] {
  return parseYamlFile(file, text, rulesSchema).rules;
}
