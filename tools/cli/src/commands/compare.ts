import { readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  findCommit,
  findOverBudget,
  parseBudget,
  parseDuration,
  readScenario,
  renderText,
  runComparison,
  writeReport,
  type Comparison,
  type Progress,
} from "@strangler/loadtest";
import { ExitCode } from "@strangler/platform";
import { changeStages, type Stage, type StageChange } from "@strangler/proxy";
import type { CommandModule } from "yargs";
import { findDirectories, type CommonArguments } from "../find-plan.ts";
import { progress } from "../progress.ts";
import { findAdmin, waitUntilInForce } from "../route/proxy-admin.ts";
import { findActor } from "../route/routes-store.ts";
import { findEntrance, scenarioFile } from "./load.ts";

/** Canary is left out: half of the customers here and half there is neither before nor after. */
const COMPARED_STAGES = ["monolith", "shadow", "service"] as const satisfies readonly Stage[];

type CompareArguments = CommonArguments & {
  scenario: string;
  routes: string[];
  before: (typeof COMPARED_STAGES)[number];
  after: (typeof COMPARED_STAGES)[number];
  pairs: number;
  block: string;
  "warm-up": string;
  rate: number;
  seed: number;
  url?: string | undefined;
  admin?: string | undefined;
  "max-lateness": string;
  "fail-on": string[];
  force: boolean;
  json: boolean;
};

export const compareCommand: CommandModule<object, CompareArguments> = {
  command: "compare",
  describe: "Compare load before and after routes move, in blocks that take turns",
  builder: (yargs) =>
    yargs
      .option("scenario", { type: "string", default: "browse-and-buy", describe: "A name in plan/load, or a file" })
      .option("routes", { type: "string", array: true, default: ["*"], describe: 'Ids of routes to switch; "shop-*"' })
      .option("before", { choices: COMPARED_STAGES, default: "monolith" as const, describe: "Their stage in blocks A" })
      .option("after", { choices: COMPARED_STAGES, default: "service" as const, describe: "Their stage in blocks B" })
      .option("pairs", { type: "number", default: 20, describe: "Pairs of blocks: A B, B A, A B, ..." })
      .option("block", { type: "string", default: "10s", describe: "Length of a block: 4s, 10s, 1m" })
      .option("warm-up", { type: "string", default: "2s", describe: "Load after each switch that is not counted" })
      .option("rate", { type: "number", default: 10, describe: "Visitors per second, whatever the answers do" })
      .option("seed", { type: "number", default: 1, describe: "The same seed brings the same visitors" })
      .option("url", { type: "string", describe: "Address under load", defaultDescription: "the stack's proxy" })
      .option("admin", { type: "string", describe: "Admin address of the proxy", defaultDescription: "the stack's" })
      .option("max-lateness", {
        type: "string",
        default: "50ms",
        describe: "A block whose generator was later than this in 1 of 100 requests is left out",
      })
      .option("fail-on", { type: "string", array: true, default: [], describe: 'Budgets, such as "p99>+10%"' })
      .option("force", { type: "boolean", default: false, describe: "Jump over stages never held" })
      .option("json", { type: "boolean", default: false, describe: "Print the comparison as JSON" })
      .example("$0 compare", "every route, monolith against service")
      .example('$0 compare --routes "shop-*" --pairs 6 --block 4s', "a quick look at some")
      .example('$0 compare --fail-on "p99>+10%"', "exit status 1 when over budget"),
  handler: async (args) => {
    const budgets = args["fail-on"].map(parseBudget);
    const comparison = await compareStages(args);
    const { stateDirectory } = findDirectories(args);
    const files = await writeReport(path.join(stateDirectory, "reports"), comparison);
    const overBudget = findOverBudget(comparison, budgets);
    const shown = Object.values(files).map((file) => `  ${path.relative(process.cwd(), file)}`);
    if (args.json) process.stdout.write(`${JSON.stringify(comparison)}\n`);
    else process.stdout.write(`${[renderText(comparison), "", "Reports", ...shown].join("\n")}\n`);
    for (const sentence of overBudget) progress(`Over budget: ${sentence}`);
    if (overBudget.length > 0 || isFinding(comparison)) process.exitCode = ExitCode.finding;
  },
};

// --- internal ---

class ProxyDidNotFollowError extends Error {
  readonly code = "COMPARE_PROXY_DID_NOT_FOLLOW";
  readonly exitCode = ExitCode.environment;

  constructor(adminUrl: string, routesFile: string) {
    super(
      `Nothing was compared: the proxy at ${adminUrl} did not put ${routesFile} in force within 5 s, so both sides ` +
        `would have been the same. See "strangler status", or name its admin address with --admin.`,
    );
  }
}

class InterruptedError extends Error {
  readonly code = "COMPARE_INTERRUPTED";
  readonly exitCode = ExitCode.interrupted;

  constructor() {
    super("Interrupted; the routes are as they were before.");
  }
}

/** Switches the routes between blocks, and puts each back to where it was, whatever happens. */
async function compareStages(args: CompareArguments): Promise<Comparison> {
  const durations = {
    blockMs: parseDuration("--block", args.block),
    warmUpMs: parseDuration("--warm-up", args["warm-up"]),
    latenessLimitMs: parseDuration("--max-lateness", args["max-lateness"]),
  };
  const { planDirectory, stateDirectory } = findDirectories(args);
  const routesFile = path.relative(process.cwd(), path.join(planDirectory, "routes.yaml"));
  const scenario = await readScenario(scenarioFile(args.scenario, planDirectory));
  const admin = await findAdmin(args.admin, stateDirectory);
  const commit = await findCommit(process.cwd());

  const wish = (stage: Stage) => ({ selectors: args.routes, stage, force: args.force });
  // Refused now, before any customer meets a change, rather than in the middle.
  await changeStages(routesFile, wish(args.before), { dryRun: true });
  const { changes: stages } = await changeStages(routesFile, wish(args.after), { dryRun: true });
  const before: Memory = { text: await readFile(routesFile, "utf8"), stages };
  let written: string | undefined;

  const putInForce = async (stage: Stage) => {
    const { after } = await changeStages(routesFile, wish(stage), { actor: findActor(), reason: "strangler compare" });
    written = await readFile(routesFile, "utf8");
    if ((await waitUntilInForce(admin, after, 5_000)) === undefined) {
      throw new ProxyDidNotFollowError(admin.url, routesFile);
    }
  };
  const interrupt = abortAtInterrupt();
  try {
    return await runComparison({
      scenario,
      baseUrl: args.url ?? (await findEntrance(stateDirectory)),
      rate: args.rate,
      seed: args.seed,
      pairs: args.pairs,
      ...durations,
      sides: {
        before: { label: args.before, prepare: () => putInForce(args.before) },
        after: { label: args.after, prepare: () => putInForce(args.after) },
      },
      notes: { "routes switched": stages.map(({ id }) => id).join(", ") },
      signal: interrupt.signal,
      onProgress: tell,
      ...(commit === undefined ? {} : { commit }),
    });
  } finally {
    await putBack(routesFile, before, written);
    interrupt.close();
  }
}

type Memory = { text: string; stages: readonly StageChange[] };

/**
 * The file's own text comes back, `reached` and all: what was tried for a comparison counts for no gate. If somebody else
 * changed the file meanwhile, her change stays and only the stages are put back.
 */
async function putBack(routesFile: string, before: Memory, written: string | undefined): Promise<void> {
  if (written === undefined) return;
  if ((await readFile(routesFile, "utf8")) === written) {
    const draft = `${routesFile}.${process.pid}`;
    await writeFile(draft, before.text);
    await rename(draft, routesFile);
    return;
  }
  const groups = Map.groupBy(before.stages, ({ before: { stage, percent } }) => `${stage} ${percent}`);
  for (const routes of groups.values()) {
    const { stage, percent } = (routes[0] as StageChange).before;
    const selectors = routes.map(({ id }) => id);
    await changeStages(routesFile, { selectors, stage, percent: percent ?? undefined, force: true });
  }
}

/** The first Ctrl-C ends the comparison and lets the routes be put back; a second one is for those who cannot wait. */
function abortAtInterrupt(): { signal: AbortSignal; close: () => void } {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(ExitCode.interrupted);
    progress("Interrupted; the routes are put back");
    controller.abort(new InterruptedError());
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    close: () => void process.off("SIGINT", onSignal).off("SIGTERM", onSignal),
  };
}

function tell(event: Progress): void {
  if (event.what === "proving") progress(`${event.label}: one visitor of each kind, to see that every answer is right`);
  if (event.what !== "measured") return;
  const { p50Ms, p99Ms } = event.run.latency;
  const failed = event.run.requests.failed === 0 ? "" : `, ${event.run.requests.failed} failed`;
  progress(
    `block ${event.block + 1} of ${event.blocks}: ${event.label}, ` +
      `median ${p50Ms.toFixed(1)} ms, 99th percentile ${p99Ms.toFixed(1)} ms${failed}`,
  );
}

/** Something failed, or nothing could be said: neither is "done". */
function isFinding({ figures, sides }: Comparison): boolean {
  const failed = sides.before.failed + sides.after.failed > 0;
  return failed || figures.some(({ outcome }) => outcome === "could not compare");
}
