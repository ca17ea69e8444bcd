import type { CommandModule } from "yargs";
import { shadowExplainCommand } from "../shadow/explain.ts";
import { shadowListCommand } from "../shadow/list.ts";

/** `strangler shadow list | explain`. */
export const shadowCommand: CommandModule = {
  command: "shadow",
  describe: "List the shadowed answers that differed, and explain them",
  builder: (yargs) =>
    yargs
      .command(shadowListCommand)
      .command(shadowExplainCommand)
      .demandCommand(1, 'Say what: "strangler shadow list" or "strangler shadow explain".'),
  handler: () => undefined,
};
