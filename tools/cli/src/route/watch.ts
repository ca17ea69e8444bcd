import { ExitCode } from "@strangler/platform";
import type { CommandModule } from "yargs";
import { placesOf, printJson, withRouteOptions, type RouteArguments } from "./options.ts";
import { askWatch, findAdmin } from "./proxy-admin.ts";
import { renderWatch } from "./render-watch.ts";

export const routeWatchCommand: CommandModule<object, RouteArguments> = {
  command: "watch",
  describe: "Show how the canaries are judged, and what was put back",
  builder: (yargs) =>
    withRouteOptions(yargs)
      .example("$0 route watch", "verdicts with their numbers")
      .example("$0 route watch --json", "status 1 when a canary is bad"),
  handler: async (args) => {
    const report = await askWatch(await findAdmin(args.admin, placesOf(args).stateDirectory));
    if (report.routes.some(({ verdict }) => verdict === "bad")) process.exitCode = ExitCode.finding;
    if (args.json) printJson(report);
    else process.stdout.write(`${renderWatch(report)}\n`);
  },
};
