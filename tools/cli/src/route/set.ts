import { ExitCode, nearest } from "@strangler/platform";
import { changeRoutes, STAGES, type RoutesChange, type RoutesStore, type Stage } from "@strangler/proxy";
import type { CommandModule } from "yargs";
import { confirmReplicas, type Confirmation } from "./confirm-replicas.ts";
import { foreseeEffects } from "./foresee-effects.ts";
import { placesOf, printJson, withRouteOptions, type RouteArguments } from "./options.ts";
import { askProxy, findAdmin, waitUntilInForce } from "./proxy-admin.ts";
import { renderEffect } from "./render-effects.ts";
import { renderConfirmations } from "./render-replicas.ts";
import { renderChanges } from "./render-routes.ts";
import { findActor, withStore } from "./routes-store.ts";

type SetArguments = RouteArguments & {
  words: string[];
  stage?: string | undefined;
  percent?: number | undefined;
  force: boolean;
  reason?: string | undefined;
  "if-version"?: string | undefined;
  "all-of"?: string | undefined;
  "dry-run": boolean;
  wait: number;
};

export const routeSetCommand: CommandModule<object, SetArguments> = {
  command: "set <words..>",
  describe: "Set the stage of routes: route set <id> [<id>...] <stage>",
  builder: (yargs) =>
    withRouteOptions(yargs)
      .positional("words", {
        type: "string",
        array: true,
        default: [] as string[],
        describe: `Ids of routes ("items-*" for several), and last the stage: ${STAGES.join(", ")}`,
      })
      .option("stage", { type: "string", describe: "The stage, instead of the last word" })
      .option("percent", { type: "number", describe: "With canary: the share of customers, 0 to 100" })
      .option("force", { type: "boolean", default: false, describe: "Jump over stages never held; needs --reason" })
      .option("reason", { type: "string", describe: "Why, for the audit log" })
      .option("if-version", { type: "string", describe: "Only if the routes are still of this version" })
      .option("all-of", { type: "string", describe: "All routes that move to this service" })
      .option("dry-run", { type: "boolean", default: false, describe: "Show what would change, change nothing" })
      .option("wait", { type: "number", default: 5, describe: "Seconds to wait for the replicas' word" })
      .example('$0 route set "items-*" shadow', "several routes in one step")
      .example("$0 route set items --stage canary --percent 10 --dry-run", "the effect")
      .example("$0 route set --all-of stock monolith", "everything back")
      .epilogue("Status 1: changed, but a replica has refused it or not taken it in time."),
  handler: async (args) => {
    const { selectors, stage } = readWords(args.words, args.stage, args["all-of"]);
    const wish = { selectors, stage, allOf: args["all-of"], percent: args.percent, force: args.force };
    const options = { ifVersion: args["if-version"], dryRun: args["dry-run"] };
    await withStore(args, async (store) => {
      const change = await changeRoutes(store, wish, findActor(), args.reason, options);
      if (args["dry-run"]) await showEffects(args, change);
      else await showChange(args, store, change);
    });
  },
};

// --- internal ---

class RouteSetUsageError extends Error {
  readonly code = "ROUTE_SET_USAGE";
  readonly exitCode = ExitCode.usage;
}

function readWords(
  words: readonly string[],
  option: string | undefined,
  allOf: string | undefined,
): { selectors: readonly string[]; stage: Stage } {
  const selectors = option === undefined ? words.slice(0, -1) : words;
  const word = option ?? words.at(-1) ?? "";
  const stage = STAGES.find((known) => known === word);
  if (stage === undefined) {
    const guess = nearest(word, STAGES);
    const hint = guess === undefined ? `The stages are ${STAGES.join(", ")}.` : `Did you mean "${guess}"?`;
    const what = option === undefined ? "The last word must be a stage, and" : "--stage names a stage, and";
    throw new RouteSetUsageError(`${what} "${word}" is none. ${hint}`);
  }
  if (selectors.length === 0 && allOf === undefined) {
    const way = "Name their ids before the stage, or say --all-of SERVICE.";
    throw new RouteSetUsageError(`Which routes shall be in stage ${stage}? ${way}`);
  }
  return { selectors, stage };
}

async function showEffects(args: SetArguments, { before, after, changes }: RoutesChange): Promise<void> {
  const { routesFile, stateDirectory } = placesOf(args);
  const report = await askProxy(await findAdmin(args.admin, stateDirectory));
  const effects = await withStore(args, (store) => foreseeEffects(store, changes, report));
  if (args.json) {
    printJson({ file: routesFile, dryRun: true, before, after, changes, effects, inForceAfterMs: null, replicas: [] });
    return;
  }
  const lines = effects.flatMap((effect) => [
    renderChanges({ changes: [effect] }, width(changes)),
    ...renderEffect(effect),
  ]);
  process.stdout.write(`${lines.join("\n")}\nNothing was written: this was a dry run.\n`);
}

async function showChange(args: SetArguments, store: RoutesStore, change: RoutesChange): Promise<void> {
  const { before, after, changes, entry } = change;
  const written = entry !== undefined;
  const replicas = written ? await confirmReplicas(store, after, args.wait * 1_000) : [];
  const inForceAfterMs = written ? await inForceAfter(args, after, replicas) : undefined;
  if (replicas.some(({ state }) => state !== "applied" && state !== "silent")) process.exitCode = ExitCode.finding;
  if (args.json) {
    const { routesFile } = placesOf(args);
    const shown = { file: routesFile, dryRun: false, before, after, changes, entry: entry?.seq ?? null };
    printJson({ ...shown, inForceAfterMs: inForceAfterMs ?? null, replicas });
    return;
  }
  process.stdout.write(`${renderChanges({ changes }, width(changes))}\n`);
  if (written) process.stdout.write(`${confirmationLine(replicas, inForceAfterMs)}\n`);
}

/** Until the last replica had it. A proxy that cannot write to the register is asked itself. */
async function inForceAfter(args: SetArguments, version: string, replicas: readonly Confirmation[]) {
  if (replicas.length > 0) {
    const times = replicas.map(({ afterMs }) => afterMs);
    return times.includes(null) ? undefined : Math.max(...times.map(Number));
  }
  const admin = await findAdmin(args.admin, placesOf(args).stateDirectory);
  return (await askProxy(admin)) ? waitUntilInForce(admin, version) : undefined;
}

function confirmationLine(replicas: readonly Confirmation[], afterMs: number | undefined): string {
  if (replicas.length > 0) return renderConfirmations(replicas);
  return afterMs === undefined ? "Written. No proxy has confirmed it." : `In force at the proxy after ${afterMs} ms.`;
}

function width(changes: readonly { id: string }[]): number {
  return Math.max(...changes.map(({ id }) => id.length));
}
