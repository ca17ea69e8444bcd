import { describeMatch, parseRoutes, type RouteReport } from "@strangler/proxy";
import type { CommandModule } from "yargs";
import { placesOf, printJson, withRouteOptions, type RouteArguments } from "./options.ts";
import { askProxy, findAdmin } from "./proxy-admin.ts";
import { renderRoutes } from "./render-routes.ts";
import { withStore } from "./routes-store.ts";

export const routeListCommand: CommandModule<object, RouteArguments> = {
  command: "list",
  describe: "Show every route, its stage, and what a running proxy has counted",
  builder: (yargs) => withRouteOptions(yargs).example("$0 route list", "a table"),
  handler: async (args) => {
    const { routesFile, stateDirectory } = placesOf(args);
    const snapshot = await withStore(args, async (store) => parseRoutes(store.name, (await store.read()).text));
    const report = await askProxy(await findAdmin(args.admin, stateDirectory));
    if (!args.json) {
      process.stdout.write(`${renderRoutes(snapshot, report, process.stdout.columns ?? 80)}\n`);
      return;
    }
    const routes = snapshot.routes.map((route) => ({
      id: route.id,
      match: describeMatch(route),
      service: route.service,
      stage: route.stage,
      percent: route.stage === "canary" ? route.share / 100 : null,
      reached: route.reached,
      counters: countersOf(report, route.id),
    }));
    const { version: inForce = null, reloadError = null } = report ?? {};
    printJson({ file: routesFile, version: snapshot.version, inForce, reloadError, routes });
  },
};

// --- internal ---

function countersOf(report: RouteReport | undefined, id: string) {
  const seen = report?.routes.find((route) => route.id === id);
  return seen ? { monolith: seen.monolith, candidate: seen.candidate, shadow: seen.shadow } : null;
}
