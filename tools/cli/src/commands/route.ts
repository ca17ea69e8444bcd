import type { CommandModule } from "yargs";
import { routeExplainCommand } from "../route/explain.ts";
import { routeListCommand } from "../route/list.ts";
import { routeOverrideCommand } from "../route/override.ts";
import { routeSetCommand } from "../route/set.ts";

/** `strangler route list | set | explain | override`. */
export const routeCommand: CommandModule = {
  command: "route",
  describe: "List routes, set their stages, explain who answers a request",
  builder: (yargs) =>
    yargs
      .command(routeListCommand)
      .command(routeSetCommand)
      .command(routeExplainCommand)
      .command(routeOverrideCommand)
      .demandCommand(1, 'Say what: "strangler route list", "route set", "route explain" or "route override".'),
  handler: () => undefined,
};
