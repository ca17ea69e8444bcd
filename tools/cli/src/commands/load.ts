import path from "node:path";
import { ExitCode } from "@strangler/platform";
import { findCommit, findUnfitness, parseDuration, readScenario, renderRun, startLoad } from "@strangler/loadtest";
import { findStackEnvironment } from "@strangler/stack";
import type { CommandModule } from "yargs";
import { findDirectories, type CommonArguments } from "../find-plan.ts";
import { progress } from "../progress.ts";

type LoadArguments = CommonArguments & {
  scenario: string;
  url?: string | undefined;
  rate: number;
  duration: string;
  seed: number;
  arrivals: "constant" | "poisson";
  "max-lateness": string;
  json: boolean;
};

const runCommand: CommandModule<object, LoadArguments> = {
  command: "run <scenario>",
  describe: "Let visitors come, and say how long their requests took",
  builder: (yargs) =>
    yargs
      .positional("scenario", {
        type: "string",
        demandOption: true,
        describe: "A name in plan/load, or a file",
      })
      .option("url", { type: "string", describe: "Address under load", defaultDescription: "the stack's proxy" })
      .option("rate", { type: "number", default: 10, describe: "Visitors per second, whatever the answers do" })
      .option("duration", { type: "string", default: "30s", describe: "How long visitors come: 500ms, 10s, 2m" })
      .option("seed", { type: "number", default: 1, describe: "The same seed brings the same visitors" })
      .option("arrivals", {
        choices: ["constant", "poisson"] as const,
        default: "poisson" as const,
        describe: "Evenly, or as independent people come",
      })
      .option("max-lateness", {
        type: "string",
        default: "50ms",
        describe: "A run whose generator was later than this in 1 of 100 requests is not relied on",
      })
      .option("json", { type: "boolean", default: false, describe: "Print the run as JSON" })
      .example("$0 load run browse-and-buy", "against the stack that runs")
      .example("$0 load run my.yaml --url http://127.0.0.1:3000 --rate 50", "against anything"),
  handler: async (args) => {
    const { planDirectory, stateDirectory } = findDirectories(args);
    const durationMs = parseDuration("--duration", args.duration);
    const latenessLimitMs = parseDuration("--max-lateness", args["max-lateness"]);
    const scenario = await readScenario(scenarioFile(args.scenario, planDirectory));
    const commit = await findCommit(process.cwd());
    const load = await startLoad({
      scenario,
      baseUrl: args.url ?? (await findEntrance(stateDirectory)),
      rate: args.rate,
      seed: args.seed,
      arrivals: args.arrivals,
      durationMs,
      latenessLimitMs,
      ...(commit === undefined ? {} : { commit }),
    });
    const interrupted = stopAtInterrupt(() => load.stop());
    const run = await load.done;
    process.stdout.write(`${args.json ? JSON.stringify(run) : renderRun(run)}\n`);
    if (interrupted()) process.exitCode = ExitCode.interrupted;
    else if (run.requests.failed > 0 || findUnfitness(run).length > 0) process.exitCode = ExitCode.finding;
  },
};

/** `strangler load run`. */
export const loadCommand: CommandModule = {
  command: "load",
  describe: "Make load, and see how long requests take",
  builder: (yargs) => yargs.command(runCommand).demandCommand(1, 'Say what: "strangler load run <scenario>".'),
  handler: () => undefined,
};

/** A name stands for a file of the plan, anything with a dot or a slash for itself. */
export function scenarioFile(nameOrFile: string, planDirectory: string): string {
  const isName = /^[\w-]+$/.test(nameOrFile);
  return isName ? path.relative(process.cwd(), path.join(planDirectory, "load", `${nameOrFile}.yaml`)) : nameOrFile;
}

/** Where customers come in: the proxy of the stack that runs, else the usual address. */
export async function findEntrance(stateDirectory: string): Promise<string> {
  const environment = await findStackEnvironment(stateDirectory).catch((): Record<string, string> => ({}));
  return environment["STRANGLER_PROXY_URL"] ?? "http://127.0.0.1:8080";
}

// --- internal ---

function stopAtInterrupt(stop: () => Promise<unknown>): () => boolean {
  let interrupted = false;
  const onSignal = () => {
    if (interrupted) process.exit(ExitCode.interrupted);
    interrupted = true;
    progress("No visitor comes any more; those who are there finish. Once more to leave at once");
    void stop();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  return () => {
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    return interrupted;
  };
}
