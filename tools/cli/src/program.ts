import type { ExitCode } from "@strangler/platform";
import yargs, { type Argv, type CommandModule } from "yargs";
import { COMMANDS, type Command } from "./commands.ts";
import { WrongUsage } from "./wrong-usage.ts";
import { explainExitCodes } from "./exit-codes.ts";

/** Runs one command line and answers its exit status. Known errors are one line on standard error, unknown ones their stack. */
export async function runProgram(argv: readonly string[]): Promise<ExitCode> {
  try {
    const program = await createProgram(argv, COMMANDS);
    await program.parseAsync();
    return (process.exitCode ?? 0) as ExitCode;
  } catch (error) {
    // What only failures need is loaded only then: `strangler --help` is to answer at once.
    const { report } = await import("./report.ts");
    return report(error);
  }
}

/** The whole command tree; commands whose name is not on the command line are there by name only. */
export async function createProgram(argv: readonly string[], commands: readonly Command[]): Promise<Argv> {
  const modules = await Promise.all(commands.map((command) => loadIfNamed(command, argv)));
  const program: Argv = yargs([...argv])
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
    .fail((message, error) => {
      // yargs answers wrong usage with a message, and a command's own failure with its error.
      throw (error as Error | undefined) ?? new WrongUsage(message, knownOptions(program));
    });
  return modules.reduce((tree, module) => tree.command(module), program);
}

// --- internal ---

// Public, but missing in its type declarations.
type OptionHolder = { getOptions: () => { key: Record<string, unknown> } };

function knownOptions(program: Argv): string[] {
  return Object.keys((program as Argv & OptionHolder).getOptions().key);
}

async function loadIfNamed({ name, describe, load }: Command, argv: readonly string[]): Promise<CommandModule> {
  if (argv.includes(name)) return load();
  return { command: name, describe, handler: () => undefined };
}
