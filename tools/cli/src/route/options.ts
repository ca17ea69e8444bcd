import path from "node:path";
import type { Argv } from "yargs";
import { findDirectories, type CommonArguments } from "../find-plan.ts";

export type RouteArguments = CommonArguments & { json: boolean; admin?: string | undefined };

/** The options that every `strangler route` command has. */
export function withRouteOptions<Known>(yargs: Argv<Known>): Argv<Known & RouteArguments> {
  return yargs.option("json", { type: "boolean", default: false, describe: "Print JSON" }).option("admin", {
    type: "string",
    describe: "Admin address of the proxy",
    defaultDescription: "the stack's",
  });
}

/** The routes file, as a person would write it from here, and the stack's state. */
export function placesOf(args: CommonArguments): { routesFile: string; stateDirectory: string } {
  const { planDirectory, stateDirectory } = findDirectories(args);
  return { routesFile: path.relative(process.cwd(), path.join(planDirectory, "routes.yaml")), stateDirectory };
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
