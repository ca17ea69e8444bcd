import { dropStream } from "@strangler/cdc";
import { ExitCode } from "@strangler/platform";
import { stopBackgroundProcess } from "@strangler/stack";
import type { CommandModule } from "yargs";
import { ask } from "../ask.ts";
import type { CommonArguments } from "../find-plan.ts";
import { findStream, processName, type FoundStream } from "./find-stream.ts";

type RemoveArguments = CommonArguments & { stream: string; yes: boolean };

export const streamRemoveCommand: CommandModule<object, RemoveArguments> = {
  command: "remove <stream>",
  describe: "Stop the stream and leave nothing of it but the rows",
  builder: (yargs) =>
    yargs
      .positional("stream", { type: "string", demandOption: true, describe: "Its name in plan/streams.yaml" })
      .option("yes", { alias: "y", type: "boolean", default: false, describe: "Do not ask before" })
      .example("$0 stream remove catalog --yes", "slot, publication, guard, position: all gone"),
  handler: async (args) => {
    const found = await findStream(args, args.stream);
    if (!args.yes && !(await ask(`Remove "${args.stream}"? A later start copies everything again. Type "yes": `))) {
      tell(`Stream ${args.stream} was not removed: say --yes. Nothing was changed.`);
      process.exitCode = ExitCode.refused;
      return;
    }
    await stopBackgroundProcess(found.stateDirectory, processName(args.stream));
    await stopBackgroundProcess(found.stateDirectory, processName(args.stream, "publish"));
    await removeStream(found);
  },
};

/** Removes a stream that does not run, and says what is left. */
export async function removeStream({ plan, addresses }: FoundStream): Promise<void> {
  await dropStream(plan, addresses);
  const tables = [...new Set(plan.tables.map(({ to }) => to))].join(", ");
  tell(
    `Its slot, publication, guard and position are dropped, and what was parked is gone. The rows it has written stay in ${tables}; empty these before a new start.`,
  );
}

// --- internal ---

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
