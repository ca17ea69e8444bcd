import { armStream, pauseStream, resumeStream } from "@strangler/cdc";
import type { CommandModule } from "yargs";
import type { CommonArguments } from "../find-plan.ts";
import { findStream } from "./find-stream.ts";

type PauseArguments = CommonArguments & { stream: string; reason?: string | undefined };
type ResumeArguments = CommonArguments & { stream: string };

export const streamPauseCommand: CommandModule<object, PauseArguments> = {
  command: "pause <stream>",
  describe: "Stop applying; the stream keeps its place in the log",
  builder: (yargs) =>
    yargs
      .positional("stream", { type: "string", demandOption: true, describe: "Its name in plan/streams.yaml" })
      .option("reason", { type: "string", describe: "Why, for those who look at it" })
      .example("$0 stream pause catalog", "survives restarts, until it is resumed")
      .example("$0 stream pause catalog --reason 'new index'", "status tells the reason"),
  handler: async (args) => {
    const { plan, addresses } = await findStream(args, args.stream);
    await pauseStream(plan, addresses, args.reason);
    tell(
      `Stream ${plan.name} is paused. The source keeps its log for it: go on with "strangler stream resume ${plan.name}".`,
    );
  },
};

export const streamResumeCommand: CommandModule<object, ResumeArguments> = {
  command: "resume <stream>",
  describe: "Apply again: a stream that was paused, or only armed",
  builder: (yargs) =>
    yargs
      .positional("stream", { type: "string", demandOption: true, describe: "Its name in plan/streams.yaml" })
      .example("$0 stream resume catalog", "it goes on where it stood"),
  handler: async (args) => {
    const { plan, addresses } = await findStream(args, args.stream);
    const { mode } = await resumeStream(plan, addresses);
    tell(
      mode === "applying"
        ? `Stream ${plan.name} was not paused.`
        : `Stream ${plan.name} was ${mode}, and applies again.`,
    );
  },
};

/** Arms the stream before it is started: it then keeps its place in the log and applies nothing. */
export async function arm(args: CommonArguments & { stream: string }): Promise<void> {
  const { plan, addresses } = await findStream(args, args.stream);
  await armStream(plan, addresses);
  tell(`Stream ${plan.name} is armed. Let it apply with "strangler stream resume ${plan.name}".`);
}

// --- internal ---

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
