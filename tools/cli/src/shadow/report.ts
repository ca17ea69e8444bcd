import { ExitCode } from "@strangler/platform";
import type { RouteShadow } from "@strangler/proxy";
import type { CommandModule } from "yargs";
import { findDirectories, type CommonArguments } from "../find-plan.ts";
import { findAdmin } from "../route/proxy-admin.ts";
import { RouteNotShadowedError } from "./errors.ts";
import { readShadowReport } from "./read-shadow-report.ts";
import { renderRouteShadow } from "./render-report.ts";

type ReportArguments = CommonArguments & { route?: string | undefined; admin?: string | undefined; json: boolean };

export const shadowReportCommand: CommandModule<object, ReportArguments> = {
  command: "report [route]",
  describe: "Show which fields really differ, which are noise, and what to do next",
  builder: (yargs) =>
    yargs
      .positional("route", { type: "string", describe: "Only this route" })
      .option("admin", { type: "string", describe: "The proxy's admin address", defaultDescription: "of the stack" })
      .option("json", { type: "boolean", default: false, describe: "Print it as JSON" })
      .example("$0 shadow report", "status 1 when a field really differs")
      .example("$0 shadow report items --json", "one route, for machines"),
  handler: async (args) => {
    const report = await readShadowReport(await findAdmin(args.admin, findDirectories(args).stateDirectory));
    const routes = chosen(report.routes, args.route);
    if (args.json) process.stdout.write(`${JSON.stringify({ ...report, routes }, null, 2)}\n`);
    else process.stdout.write(`${routes.map(renderRouteShadow).join("\n\n") || NOTHING}\n`);
    if (routes.some(({ fields }) => fields.some(({ verdict }) => verdict === "real"))) {
      process.exitCode = ExitCode.finding;
    }
  },
};

// --- internal ---

const NOTHING = 'Nothing has been compared yet. Put a route into stage shadow: "strangler route set ROUTE shadow".';

function chosen(routes: readonly RouteShadow[], route: string | undefined): readonly RouteShadow[] {
  if (route === undefined) return routes;
  const found = routes.filter((each) => each.route === route);
  if (found.length > 0) return found;
  throw new RouteNotShadowedError(
    route,
    routes.map((each) => each.route),
  );
}
