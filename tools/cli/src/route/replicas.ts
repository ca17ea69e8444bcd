import { ExitCode } from "@strangler/platform";
import type { CommandModule } from "yargs";
import { confirmReplicas } from "./confirm-replicas.ts";
import { printJson, withRouteOptions, type RouteArguments } from "./options.ts";
import { renderReplicaTable } from "./render-replicas.ts";
import { withStore } from "./routes-store.ts";

export const routeReplicasCommand: CommandModule<object, RouteArguments> = {
  command: "replicas",
  describe: "Show which routes are in force at every proxy",
  builder: (yargs) => withRouteOptions(yargs).example("$0 route replicas", "status 1 when one is behind or refuses"),
  handler: async (args) => {
    await withStore(args, async (store) => {
      const { version } = await store.read();
      const replicas = await confirmReplicas(store, version, 0);
      if (replicas.some(({ state }) => state !== "applied")) process.exitCode = ExitCode.finding;
      if (args.json) printJson({ version, replicas });
      else process.stdout.write(`${renderReplicaTable(replicas)}\n`);
    });
  },
};
