import { repairStream } from "@strangler/cdc";
import { createLogger, ExitCode } from "@strangler/platform";
import type { CommandModule } from "yargs";
import { ask } from "../ask.ts";
import type { CommonArguments } from "../find-plan.ts";
import { progress } from "../progress.ts";
import { findStream } from "../stream/find-stream.ts";
import { renderRepair } from "../verify/render-repair.ts";

type RepairArguments = CommonArguments & {
  stream: string;
  table?: string | undefined;
  keys?: string | undefined;
  "dry-run": boolean;
  yes: boolean;
  json: boolean;
};

export const repairCommand: CommandModule<object, RepairArguments> = {
  command: "repair <stream>",
  describe: "Read rows anew that differ, while both sides are in use",
  builder: (yargs) =>
    yargs
      .positional("stream", { type: "string", demandOption: true, describe: "Its name in plan/streams.yaml" })
      .option("table", { type: "string", describe: "One table only, by its name on either side" })
      .option("keys", { type: "string", describe: "These rows only, instead of looking for them" })
      .option("dry-run", { type: "boolean", default: false, describe: "Say what would be done" })
      .option("yes", { alias: "y", type: "boolean", default: false, describe: "Do not ask before writing" })
      .option("json", { type: "boolean", default: false, describe: "Print it as JSON" })
      .example("$0 repair catalog --dry-run", "what differs; exit status 1 if anything does")
      .example("$0 repair catalog --yes", "exit status 0 when both sides are equal")
      .example("$0 repair catalog --table items --keys 5,7", "two rows")
      .example(`$0 repair catalog --table stock --keys '[["a","1"]]'`, "a key of two columns"),
  handler: async (args) => {
    const { plan, addresses } = await findStream(args, args.stream);
    if (!args["dry-run"] && !(await agreed(args))) {
      process.stderr.write(`Nothing was repaired: say --yes, or --dry-run to see what would be done.\n`);
      process.exitCode = ExitCode.refused;
      return;
    }
    const { table, keys, "dry-run": dryRun, json } = args;
    let told = performance.now();
    const report = await repairStream({
      plan,
      addresses,
      table,
      keys,
      dryRun,
      log: createLogger({ name: "repair", level: "warn" }),
      onRepaired: ({ table: name, done, of }) => {
        if (json || performance.now() - told < 2_000) return;
        told = performance.now();
        progress(`${name}: ${done} of ${of} rows read anew`);
      },
    });
    process.stdout.write(`${json ? JSON.stringify(report, null, 2) : renderRepair(report)}\n`);
    if (report.outcome === "different") process.exitCode = ExitCode.finding;
  },
};

// --- internal ---

async function agreed({ stream, yes }: RepairArguments): Promise<boolean> {
  return yes || ask(`Write to the target of "${stream}" what its source has, where they differ? Type "yes": `);
}
