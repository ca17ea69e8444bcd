import type { CommandModule } from "yargs";
import { routeAuditCommand } from "../route/audit.ts";
import { routeDrainCommand } from "../route/drain.ts";
import { routeExplainCommand } from "../route/explain.ts";
import { routeExportCommand } from "../route/export.ts";
import { routeListCommand } from "../route/list.ts";
import { routeOverrideCommand } from "../route/override.ts";
import { routeReplicasCommand } from "../route/replicas.ts";
import { routeSetCommand } from "../route/set.ts";
import { routeStoreCommand } from "../route/store.ts";
import { routeTokenCommand } from "../route/token.ts";
import { routeWatchCommand } from "../route/watch.ts";

/** `strangler route list | set | explain | ...`. */
export const routeCommand: CommandModule = {
  command: "route",
  describe: "List routes, set their stages, explain who answers a request",
  builder: (yargs) =>
    yargs
      .command(routeListCommand)
      .command(routeSetCommand)
      .command(routeExplainCommand)
      .command(routeWatchCommand)
      .command(routeOverrideCommand)
      .command(routeAuditCommand)
      .command(routeReplicasCommand)
      .command(routeDrainCommand)
      .command(routeTokenCommand)
      .command(routeStoreCommand)
      .command(routeExportCommand)
      .demandCommand(1, 'Say what: "route list" or "route set", for example; "route --help" lists all.'),
  handler: () => undefined,
};
