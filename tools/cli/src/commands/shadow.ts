import type { CommandModule } from "yargs";
import { shadowExplainCommand } from "../shadow/explain.ts";
import { shadowListCommand } from "../shadow/list.ts";
import { shadowReportCommand } from "../shadow/report.ts";

/** `strangler shadow report | list | explain`. */
export const shadowCommand: CommandModule = {
  command: "shadow",
  describe: "Report where shadowed answers differ, list and explain them",
  builder: (yargs) =>
    yargs
      .command(shadowReportCommand)
      .command(shadowListCommand)
      .command(shadowExplainCommand)
      .demandCommand(1, 'Say what: "strangler shadow report", "list" or "explain".'),
  handler: () => undefined,
};
