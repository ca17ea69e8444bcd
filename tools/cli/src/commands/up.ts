import { ExitCode, isKnownError } from "@strangler/platform";
import { readStackPlan, readStackStatus, startStack, stopStack } from "@strangler/stack";
import type { CommandModule } from "yargs";
import { findDirectories, type CommonArguments, type Directories } from "../find-plan.ts";
import { inheritedEnvironment } from "../inherited-environment.ts";
import { renderStatus } from "../render-status.ts";
import { keepInForeground } from "../keep-in-foreground.ts";
import { progress } from "../progress.ts";

type UpArguments = CommonArguments & {
  detach: boolean;
  seed?: "small" | "large" | "none" | undefined;
  ports: "plan" | "free";
  databaseUrl?: string | undefined;
  kafka: boolean;
};

export const upCommand: CommandModule<object, UpArguments> = {
  command: "up",
  describe: "Start the stack: PostgreSQL, migrations, seeds, every process",
  builder: (yargs) =>
    yargs
      .option("detach", { alias: "d", type: "boolean", default: false, describe: "Leave it running in the background" })
      .option("seed", {
        choices: ["small", "large", "none"] as const,
        describe: "How much data to begin with",
        defaultDescription: "what is there, else small",
      })
      .option("ports", { choices: ["plan", "free"] as const, default: "plan" as const, describe: "Which ports to use" })
      .option("database-url", {
        type: "string",
        describe: "A superuser's address on a PostgreSQL of your own, 15 to 18; also as STRANGLER_DATABASE_URL",
      })
      .option("kafka", {
        type: "boolean",
        default: false,
        describe: "A Kafka as well: yours from KAFKA_BROKERS, or one from its jars (Java 17)",
      })
      .example("$0 up", "in the foreground; Ctrl-C stops everything in order")
      .example("$0 up -d --seed large", "in the background, with much data")
      .example("$0 up -d --ports free", "beside something that has the usual ports")
      .example("$0 up -d --kafka", "with a broker, for streams that go through Kafka")
      .example("STRANGLER_DATABASE_URL=postgres://... $0 up -d", "on a server of your own"),
  handler: async (args) => {
    const directories = findDirectories(args);
    const interrupted = new AbortController();
    const interrupt = () => interrupted.abort();
    process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
    try {
      await start(args, directories, interrupted.signal);
    } catch (error) {
      if (!interrupted.signal.aborted || isKnownError(error)) throw error;
      progress("Interrupted; what had been started is stopped again");
      process.exitCode = ExitCode.interrupted;
      return;
    } finally {
      process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    }
    if (!args.detach) await keepInForeground(directories.stateDirectory, () => close(directories));
  },
};

// --- internal ---

async function start(args: UpArguments, directories: Directories, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  const { started } = await startStack({
    ...directories,
    ports: args.ports,
    seed: args.seed,
    kafka: args.kafka ? { brokers: (process.env["KAFKA_BROKERS"] ?? "").split(",").filter(Boolean) } : undefined,
    databaseUrl: args.databaseUrl ?? process.env["STRANGLER_DATABASE_URL"],
    detached: args.detach,
    environment: inheritedEnvironment(process.env),
    onProgress: progress,
    signal,
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  progress(started.length === 0 ? "Everything runs already" : `Up and healthy after ${seconds} s`);
  const status = await readStackStatus(directories.stateDirectory);
  const { plan } = await readStackPlan(directories.planDirectory);
  process.stdout.write(`${renderStatus(status)}\n\n${nextCommands(args.detach, entranceOf(plan.entrance, status))}\n`);
}

function entranceOf(entrance: string | undefined, status: Awaited<ReturnType<typeof readStackStatus>>) {
  const port = status.processes.find(({ name }) => name === entrance)?.ports["http"];
  return port === undefined ? undefined : `http://127.0.0.1:${port}`;
}

function nextCommands(detached: boolean, entrance: string | undefined): string {
  const open = entrance === undefined ? [] : [`Open      ${entrance}`];
  const stop = detached
    ? "strangler down        (--purge also removes its data)"
    : "Ctrl-C                (everything, in order)";
  return [...open, "Look      strangler status, strangler logs -f", `Stop      ${stop}`].join("\n");
}

async function close({ stateDirectory }: Directories): Promise<void> {
  await stopStack({ stateDirectory, purge: false, onProgress: progress });
}
