import { existsSync, readFileSync } from "node:fs";
import type { CommandModule } from "yargs";
import { judge } from "../analyze.ts";
import { draftExtraction, type PlanFile } from "../draft/draft.ts";
import { PartUnknownError } from "../errors.ts";
import { renderDraft } from "../report/draft-text.ts";
import { CACHE_OPTION } from "./cache-option.ts";
import { PLAN_OPTION, planFile } from "./plan.ts";
import { readSubject, type SubjectArguments } from "./subject.ts";

export type DraftArguments = SubjectArguments & { context: string; json: boolean | undefined };

/** `draft <context> [path]`: a patch for the plan, and what to do before. Changes nothing. */
export const draftCommand: CommandModule<object, DraftArguments> = {
  command: "draft <context> [path]",
  describe: "Draft the plan for taking a context out: routes, stream, seams to cut",
  builder: (yargs) =>
    yargs
      .positional("context", { type: "string", demandOption: true, describe: "Name of the context" })
      .positional("path", { type: "string", describe: "Folder with the code, if not the accepted one or this one" })
      .option("schema", { type: "string", describe: "Folder with the migrations, where they lie outside" })
      .options(CACHE_OPTION)
      .options(PLAN_OPTION)
      .option("json", { type: "boolean", describe: "Print the draft as one JSON document" })
      .example("$0 draft billing > billing.patch", "Read it, edit it")
      .example("git apply billing.patch", "and take it over"),
  handler: async ({ context, json, ...where }) => {
    const { facts, contexts } = await readSubject(where);
    const names = contexts.contexts.map(({ name }) => name);
    if (!names.includes(context)) throw new PartUnknownError(context, names);
    const plan = { routes: readPlanFile(where.plan, "routes.yaml"), streams: readPlanFile(where.plan, "streams.yaml") };
    const draft = draftExtraction(context, await judge(facts, contexts), facts.tables, plan);
    process.stdout.write(json ? `${JSON.stringify(draft, null, 2)}\n` : renderDraft(draft));
  },
};

// --- internal ---

function readPlanFile(folder: string | undefined, name: string): PlanFile {
  const file = planFile(folder, name);
  return { file, text: existsSync(file) ? readFileSync(file, "utf8") : null };
}
