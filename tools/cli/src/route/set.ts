import { ExitCode, nearest } from "@strangler/platform";
import { changeStages, STAGES, type Stage } from "@strangler/proxy";
import type { CommandModule } from "yargs";
import { placesOf, printJson, withRouteOptions, type RouteArguments } from "./options.ts";
import { askProxy, findAdminUrl, waitUntilInForce } from "./proxy-admin.ts";
import { renderChanges } from "./render-routes.ts";

type SetArguments = RouteArguments & {
  words: string[];
  percent?: number | undefined;
  force: boolean;
  "all-of"?: string | undefined;
  "dry-run": boolean;
};

export const routeSetCommand: CommandModule<object, SetArguments> = {
  command: "set <words..>",
  describe: "Set the stage of routes: route set <id> [<id>...] <stage>",
  builder: (yargs) =>
    withRouteOptions(yargs)
      .positional("words", {
        type: "string",
        array: true,
        demandOption: true,
        describe: `Ids of routes ("items-*" for several), and last the stage: ${STAGES.join(", ")}`,
      })
      .option("percent", { type: "number", describe: "With canary: the share of customers, 0 to 100" })
      .option("force", { type: "boolean", default: false, describe: "Jump over stages never held" })
      .option("all-of", { type: "string", describe: "All routes that move to this service" })
      .option("dry-run", { type: "boolean", default: false, describe: "Show what would change, change nothing" })
      .example('$0 route set "items-*" shadow', "several routes in one step")
      .example("$0 route set items-search canary --percent 10", "a tenth of the customers")
      .example("$0 route set --all-of stock monolith", "everything back"),
  handler: async (args) => {
    const { routesFile, stateDirectory } = placesOf(args);
    const { selectors, stage } = readWords(args.words, args["all-of"]);
    const dryRun = args["dry-run"];
    const result = await changeStages(
      routesFile,
      { selectors, stage, allOf: args["all-of"], percent: args.percent, force: args.force },
      { dryRun },
    );
    const written = !dryRun && result.before !== result.after;
    const inForceAfterMs = written ? await confirm(args, stateDirectory, result.after) : undefined;
    if (args.json) printJson({ file: routesFile, dryRun, ...result, inForceAfterMs: inForceAfterMs ?? null });
    else process.stdout.write(`${renderChanges(result, dryRun)}\n${written ? inForceLine(inForceAfterMs) : ""}`);
  },
};

// --- internal ---

class RouteSetUsageError extends Error {
  readonly code = "ROUTE_SET_USAGE";
  readonly exitCode = ExitCode.usage;
}

function readWords(words: readonly string[], allOf: string | undefined): { selectors: string[]; stage: Stage } {
  const selectors = words.slice(0, -1);
  const word = words.at(-1) ?? "";
  const stage = STAGES.find((known) => known === word);
  if (stage === undefined) {
    const guess = nearest(word, STAGES);
    const hint = guess === undefined ? `The stages are ${STAGES.join(", ")}.` : `Did you mean "${guess}"?`;
    throw new RouteSetUsageError(`The last word must be a stage, and "${word}" is none. ${hint}`);
  }
  if (selectors.length === 0 && allOf === undefined) {
    const way = "Name their ids before the stage, or say --all-of SERVICE.";
    throw new RouteSetUsageError(`Which routes shall be in stage ${stage}? ${way}`);
  }
  return { selectors, stage };
}

async function confirm({ admin }: RouteArguments, stateDirectory: string, version: string) {
  const adminUrl = await findAdminUrl(admin, stateDirectory);
  return (await askProxy(adminUrl)) ? waitUntilInForce(adminUrl, version) : undefined;
}

function inForceLine(afterMs: number | undefined): string {
  return afterMs === undefined
    ? "Written. No proxy has confirmed it.\n"
    : `In force at the proxy after ${afterMs} ms.\n`;
}
