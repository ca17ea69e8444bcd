import { ExitCode, isKnownError, nearest } from "@strangler/platform";
import yargs, { type Argv, type CommandModule } from "yargs";
import { COMMANDS, type Command } from "./commands.ts";
import { explainExitCodes } from "./exit-codes.ts";

/** Runs one command line and answers its exit status. Known errors are one line on standard error, unknown ones their stack. */
export async function runProgram(argv: readonly string[]): Promise<ExitCode> {
  try {
    const program = await createProgram(argv, COMMANDS);
    await program.parseAsync();
    return (process.exitCode ?? ExitCode.done) as ExitCode;
  } catch (error) {
    return report(error);
  }
}

/** The whole command tree; commands whose name is not on the command line are there by name only. */
export async function createProgram(argv: readonly string[], commands: readonly Command[]): Promise<Argv> {
  const modules = await Promise.all(commands.map((command) => loadIfNamed(command, argv)));
  const program = yargs([...argv])
    .scriptName("strangler")
    .usage("$0 <command>\n\nTakes a monolith to services, route by route, while it stays open.")
    .option("plan", { type: "string", describe: "Folder of the plan", defaultDescription: "the nearest plan/" })
    .option("state", { type: "string", describe: "Folder of data, logs and secrets", defaultDescription: ".strangler" })
    .option("color", { type: "boolean", default: true, describe: "Colours; --no-color or NO_COLOR turns them off" })
    .example("$0 up -d", "start everything in the background")
    .example("$0 status", "see what runs where")
    .example("$0 <command> --help", "read about one command")
    .epilogue(explainExitCodes())
    .strict()
    .recommendCommands()
    .demandCommand(1, 'Name a command; "strangler --help" lists them.')
    .help()
    .version(false)
    .alias("help", "h")
    .wrap(80)
    .exitProcess(false)
    .fail((message, error, program) => {
      // yargs answers wrong usage with a message, and a command's own failure with its error.
      throw (error as Error | undefined) ?? new UsageError(message, knownOptions(program));
    });
  return modules.reduce((tree, module) => tree.command(module), program);
}

// --- internal ---

type OptionHolder = { getOptions?: () => { key: Record<string, unknown> } };

class UsageError extends Error {
  readonly code = "USAGE";
  readonly exitCode = ExitCode.usage;

  constructor(message: string, options: readonly string[]) {
    super(message + suggestOption(message, options));
  }
}

function knownOptions(program: Argv): string[] {
  return Object.keys((program as Argv & OptionHolder).getOptions?.().key ?? {});
}

function suggestOption(message: string, options: readonly string[]): string {
  const unknown = /^Unknown arguments?: ([^,]+)/.exec(message)?.[1];
  const guess = unknown === undefined ? undefined : nearest(unknown, options);
  return guess === undefined || message.includes("Did you mean") ? "" : `\nDid you mean --${guess}?`;
}

async function loadIfNamed({ name, describe, load }: Command, argv: readonly string[]): Promise<CommandModule> {
  if (argv.includes(name)) return load();
  return { command: name, describe, handler: () => undefined };
}

function report(error: unknown): ExitCode {
  if (isKnownError(error)) {
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return ExitCode.internal;
}
