import { ExitCode } from "@strangler/platform";
import { readStackStatus } from "@strangler/stack";
import type { CommandModule } from "yargs";
import { findDirectories, type CommonArguments } from "../find-plan.ts";
import { renderStatus } from "../render-status.ts";

type StatusArguments = CommonArguments & { json: boolean };

export const statusCommand: CommandModule<object, StatusArguments> = {
  command: "status",
  describe: "Show what runs where, how it is, and the memory it takes",
  builder: (yargs) =>
    yargs
      .option("json", { type: "boolean", default: false, describe: "Print it as JSON" })
      .example("$0 status", "a table; exit status 1 when not everything is healthy")
      .example("$0 status --json", "the same for a program to read"),
  handler: async (args) => {
    const status = await readStackStatus(findDirectories(args).stateDirectory);
    process.stdout.write(`${args.json ? JSON.stringify(status, null, 2) : renderStatus(status)}\n`);
    if (status.state !== "up") process.exitCode = ExitCode.finding;
  },
};
