import type { CommandModule } from "yargs";
import { findDirectories, type CommonArguments } from "../find-plan.ts";
import { findAdmin } from "../route/proxy-admin.ts";
import { describe } from "./ask-again.ts";
import { readMismatches } from "./read-mismatches.ts";

type ListArguments = CommonArguments & { admin?: string | undefined; json: boolean };

export const shadowListCommand: CommandModule<object, ListArguments> = {
  command: "list",
  describe: "Show the shadowed answers that differed, newest last",
  builder: (yargs) =>
    yargs
      .option("admin", { type: "string", describe: "The proxy's admin address", defaultDescription: "of the stack" })
      .option("json", { type: "boolean", default: false, describe: "Print it as JSON" })
      .example("$0 shadow list", "where and in what they differed"),
  handler: async (args) => {
    const report = await readMismatches(await findAdmin(args.admin, findDirectories(args).stateDirectory));
    if (args.json) {
      process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      return;
    }
    const lines = report.mismatches.map(
      ({ at, method, path, differences, more }) =>
        `${at} ${method} ${path}${differences.map((one) => `\n    ${describe(one)}`).join("")}${more > 0 ? `\n    and ${more} more` : ""}`,
    );
    const dropped = report.overwritten === 0 ? [] : [`${report.overwritten} older ones were dropped to make room.`];
    process.stdout.write(`${[...lines, ...dropped, `${report.mismatches.length} mismatches`].join("\n")}\n`);
  },
};
