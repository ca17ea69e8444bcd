import path from "node:path";
import {
  changeStages,
  createBuckets,
  describeMatch,
  explainRequest,
  readRoutes,
  STAGES,
  type Explanation,
  type Stage,
} from "@strangler/proxy";
import { ExitCode, nearest } from "@strangler/platform";
import type { CommandModule } from "yargs";
import { findDirectories, type CommonArguments } from "../find-plan.ts";
import { askProxy, findAdminUrl, waitUntilInForce } from "../route/proxy-admin.ts";
import { renderChanges, renderRoutes } from "../route/render-routes.ts";

type RouteArguments = CommonArguments & { json: boolean; admin?: string | undefined };
type SetArguments = RouteArguments & {
  words: string[];
  percent?: number | undefined;
  force: boolean;
  "all-of"?: string | undefined;
  "dry-run": boolean;
};
type ExplainArguments = RouteArguments & {
  method: string;
  path: string;
  customer?: string | undefined;
  header: string[];
};

const listCommand: CommandModule<object, RouteArguments> = {
  command: "list",
  describe: "Show every route, its stage, and what a running proxy has counted",
  builder: (yargs) => common(yargs).example("$0 route list", "a table"),
  handler: async (args) => {
    const { routesFile, stateDirectory } = places(args);
    const snapshot = await readRoutes(routesFile);
    const report = await askProxy(await findAdminUrl(args.admin, stateDirectory));
    if (args.json) {
      const routes = snapshot.routes.map((route) => ({
        id: route.id,
        match: describeMatch(route),
        service: route.service,
        stage: route.stage,
        percent: route.stage === "canary" ? route.share / 100 : null,
        reached: route.reached,
        counters: countersOf(report, route.id),
      }));
      print({ file: routesFile, version: snapshot.version, inForce: report?.version ?? null, routes });
    } else {
      process.stdout.write(`${renderRoutes(snapshot, report, process.stdout.columns ?? 80)}\n`);
    }
  },
};

const setCommand: CommandModule<object, SetArguments> = {
  command: "set <words..>",
  describe: "Set the stage of routes: route set <id> [<id>...] <stage>",
  builder: (yargs) =>
    common(yargs)
      .positional("words", {
        type: "string",
        array: true,
        demandOption: true,
        describe: `ids of routes ("catalog-*" for several), and last the stage: ${STAGES.join(", ")}`,
      })
      .option("percent", { type: "number", describe: "With canary: the share of customers, 0 to 100" })
      .option("force", { type: "boolean", default: false, describe: "Jump over stages never held" })
      .option("all-of", { type: "string", describe: "All routes that move to this service" })
      .option("dry-run", { type: "boolean", default: false, describe: "Show what would change, change nothing" })
      .example('$0 route set "catalog-*" shadow', "several routes in one step")
      .example("$0 route set catalog-search canary --percent 10", "a tenth of the customers")
      .example("$0 route set --all-of catalog monolith", "everything back") as never,
  handler: async (args) => {
    const { routesFile, stateDirectory } = places(args);
    const { selectors, stage } = readWords(args.words, args["all-of"]);
    const dryRun = args["dry-run"];
    const result = await changeStages(
      routesFile,
      { selectors, stage, allOf: args["all-of"], percent: args.percent, force: args.force },
      { dryRun },
    );
    const written = !dryRun && result.before !== result.after;
    const adminUrl = written ? await findAdminUrl(args.admin, stateDirectory) : undefined;
    const inForceAfterMs = adminUrl && (await confirm(adminUrl, result.after));
    if (args.json) print({ file: routesFile, dryRun, ...result, inForceAfterMs: inForceAfterMs ?? null });
    else process.stdout.write(`${renderChanges(result, dryRun)}\n${inForceLine(written, inForceAfterMs)}`);
  },
};

const explainCommand: CommandModule<object, ExplainArguments> = {
  command: "explain <method> <path>",
  describe: "Say which route a request takes, who answers, and why",
  builder: (yargs) =>
    common(yargs)
      .positional("method", { type: "string", demandOption: true, describe: "GET, POST, ..." })
      .positional("path", { type: "string", demandOption: true, describe: "path and query, as sent" })
      .option("customer", { type: "string", describe: "The value of the cookie that names the customer" })
      .option("header", {
        alias: "H",
        type: "string",
        array: true,
        default: [],
        describe: 'A header of the request, "name: value"',
      })
      .example("$0 route explain GET /search?q=tea --customer 42", "the decision and its reasons") as never,
  handler: async (args) => {
    const { routesFile } = places(args);
    const snapshot = await readRoutes(routesFile);
    const question = {
      method: args.method.toUpperCase(),
      target: args.path,
      customer: args.customer,
      headers: Object.fromEntries(args.header.map(readHeader)),
    };
    const explanation = explainRequest(snapshot, question, await createBuckets());
    if (args.json) print(explanation);
    else process.stdout.write(`${renderExplanation(explanation)}\n`);
  },
};

/** `strangler route list | set | explain`. */
export const routeCommand: CommandModule = {
  command: "route",
  describe: "List routes, set their stages, explain who answers a request",
  builder: (yargs) =>
    yargs
      .command(listCommand)
      .command(setCommand as CommandModule)
      .command(explainCommand as CommandModule)
      .demandCommand(1, 'Say what: "strangler route list", "route set" or "route explain".'),
  handler: () => undefined,
};

// --- internal ---

class WordsError extends Error {
  readonly code = "ROUTE_SET_USAGE";
  readonly exitCode = ExitCode.usage;
}

function common(yargs: Parameters<Extract<CommandModule["builder"], (yargs: never, help: never) => unknown>>[0]) {
  return yargs
    .option("json", { type: "boolean", default: false, describe: "Print JSON" })
    .option("admin", { type: "string", describe: "Admin address of the proxy", defaultDescription: "the stack's" });
}

function places(args: CommonArguments): { routesFile: string; stateDirectory: string } {
  const { planDirectory, stateDirectory } = findDirectories(args);
  return { routesFile: path.relative(process.cwd(), path.join(planDirectory, "routes.yaml")), stateDirectory };
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

function readWords(words: readonly string[], allOf: string | undefined): { selectors: string[]; stage: Stage } {
  const selectors = words.slice(0, -1);
  const word = words.at(-1) ?? "";
  const stage = STAGES.find((known) => known === word);
  if (stage === undefined) {
    const guess = nearest(word, STAGES);
    const hint = guess === undefined ? `The stages are ${STAGES.join(", ")}.` : `Did you mean "${guess}"?`;
    throw new WordsError(`The last word must be a stage, and "${word}" is none. ${hint}`);
  }
  if (selectors.length === 0 && allOf === undefined) {
    throw new WordsError(`Which routes shall be in stage ${stage}? Name ids before it, or say --all-of SERVICE.`);
  }
  return { selectors, stage };
}

function readHeader(text: string): [string, string] {
  const colon = text.indexOf(":");
  if (colon < 1) throw new WordsError(`"${text}" is no header. Write it as "name: value".`);
  return [text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim()];
}

async function confirm(adminUrl: string, version: string): Promise<number | undefined> {
  return (await askProxy(adminUrl)) && (await waitUntilInForce(adminUrl, version));
}

function inForceLine(written: boolean, afterMs: number | undefined): string {
  if (!written) return "";
  return afterMs === undefined
    ? "Written. No proxy has confirmed it.\n"
    : `In force at the proxy after ${afterMs} ms.\n`;
}

function countersOf(report: Awaited<ReturnType<typeof askProxy>>, id: string) {
  const seen = report?.routes.find((route) => route.id === id);
  return seen ? { monolith: seen.monolith, candidate: seen.candidate, shadow: seen.shadow } : null;
}

function renderExplanation({
  method,
  path: target,
  route,
  stage,
  bucket,
  answeredBy,
  shadow,
  why,
}: Explanation): string {
  const rows = [
    ["request", `${method} ${target}`],
    ["route", route === null ? "none" : `${route.id} (${route.match})`],
    ["stage", stage ?? "-"],
    ["bucket", bucket === null ? "-" : String(bucket)],
    ["answers", answeredBy],
    ["shadow", shadow ?? "-"],
  ];
  return [...rows.map(([name = "", value = ""]) => `${name.padEnd(8)} ${value}`), "", why].join("\n");
}
