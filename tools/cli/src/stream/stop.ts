import { ExitCode } from "@strangler/platform";
import { stopBackgroundProcess } from "@strangler/stack";
import type { CommandModule } from "yargs";
import { ask } from "../ask.ts";
import type { CommonArguments } from "../find-plan.ts";
import { findStream, processName } from "./find-stream.ts";
import { removeStream } from "./remove.ts";

type StopArguments = CommonArguments & { stream: string; drop: boolean; yes: boolean };

export const streamStopCommand: CommandModule<object, StopArguments> = {
  command: "stop <stream>",
  describe: "Stop the stream; a later start goes on where it stood",
  builder: (yargs) =>
    yargs
      .positional("stream", { type: "string", demandOption: true, describe: "Its name in plan/streams.yaml" })
      .option("drop", {
        type: "boolean",
        default: false,
        describe: "Also forget it: slot, publication, position. A later start copies afresh",
      })
      .option("yes", { alias: "y", type: "boolean", default: false, describe: "Do not ask before dropping" })
      .example("$0 stream stop catalog", "the source keeps its log until it is started again")
      .example("$0 stream stop catalog --drop --yes", "the source keeps nothing for it any more"),
  handler: async (args) => {
    const found = await findStream(args, args.stream);
    if (args.drop && !(await agreed(args))) {
      tell(`Stream ${args.stream} was not dropped: say --yes. Nothing was changed.`);
      process.exitCode = ExitCode.refused;
      return;
    }
    const ran = await stopBackgroundProcess(found.stateDirectory, processName(args.stream));
    await stopBackgroundProcess(found.stateDirectory, processName(args.stream, "publish"));
    tell(ran ? `Stream ${args.stream} is stopped.` : `Stream ${args.stream} was not running here.`);
    if (args.drop) await removeStream(found);
  },
};

// --- internal ---

async function agreed({ stream, yes }: StopArguments): Promise<boolean> {
  return yes || ask(`Forget where the stream "${stream}" stands? A later start copies everything again. Type "yes": `);
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
