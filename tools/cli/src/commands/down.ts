import { stopStack } from "@strangler/stack";
import type { CommandModule } from "yargs";
import { ask } from "../ask.ts";
import { findDirectories, type CommonArguments } from "../find-plan.ts";
import { progress } from "../progress.ts";

type DownArguments = CommonArguments & { purge: boolean; yes: boolean };

export const downCommand: CommandModule<object, DownArguments> = {
  command: "down",
  describe: "Stop the stack; with --purge nothing of it is left",
  builder: (yargs) =>
    yargs
      .option("purge", { type: "boolean", default: false, describe: "Also remove data, secrets and logs" })
      .option("yes", {
        alias: "y",
        type: "boolean",
        default: false,
        describe: "Do not ask before databases are dropped on a server of your own",
      })
      .example("$0 down", "stop everything, keep the data")
      .example("$0 down --purge", "leave no process, port or file"),
  handler: async (args) => {
    const { stateDirectory } = findDirectories(args);
    const { stopped } = await stopStack({
      stateDirectory,
      purge: args.purge,
      confirm: (at, names) =>
        args.yes ? Promise.resolve(true) : ask(`Drop ${names.join(", ")} on ${at}? Type "yes": `),
      onProgress: progress,
    });
    const what = stopped.length === 0 ? "Nothing ran" : `Stopped ${stopped.join(", ")}`;
    process.stdout.write(`${what}.${args.purge ? ` Nothing is left of ${stateDirectory}.` : ""}\n`);
  },
};
