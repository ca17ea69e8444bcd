import { resyncStream } from "@strangler/cdc";
import type { CommandModule } from "yargs";
import type { CommonArguments } from "../find-plan.ts";
import { WrongUsage } from "../wrong-usage.ts";
import { findStream } from "./find-stream.ts";

type ResyncArguments = CommonArguments & { stream: string; yes: boolean };

export const streamResyncCommand: CommandModule<object, ResyncArguments> = {
  command: "resync <stream>",
  describe: "Bring a stopped stream's target up to date in place",
  builder: (yargs) =>
    yargs
      .positional("stream", { type: "string", demandOption: true, describe: "Its name in plan/streams.yaml" })
      .option("yes", { type: "boolean", default: false, describe: "Every row is read again, whatever it costs" })
      .example("$0 stream resync catalog --yes", "when its slot is lost; then start it")
      .example("$0 stream start catalog --wait", "reads everything, while it follows"),
  handler: async (args) => {
    if (!args.yes) {
      const why = `Every row of "${args.stream}" is read from the source again, and rows that it does not have go from the target.`;
      throw new WrongUsage(`${why} Say --yes if that is meant.`, []);
    }
    const { plan, addresses } = await findStream(args, args.stream);
    await resyncStream(plan, addresses);
    process.stdout.write(
      `Stream ${plan.name} has a new place in the source's log. Start it: "strangler stream start ${plan.name} --wait".\n`,
    );
  },
};
