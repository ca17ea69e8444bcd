import type { CommandModule } from "yargs";
import { streamPlanCommand } from "../stream/plan.ts";
import { streamParkedCommand } from "../stream/parked.ts";
import { streamPauseCommand, streamResumeCommand } from "../stream/pause.ts";
import { streamRemoveCommand } from "../stream/remove.ts";
import { streamResyncCommand } from "../stream/resync.ts";
import { streamStartCommand } from "../stream/start.ts";
import { streamStatusCommand } from "../stream/status.ts";
import { streamStopCommand } from "../stream/stop.ts";

/** `strangler stream plan | start | status | pause | resume | parked | resync | stop | remove`. */
export const streamCommand: CommandModule = {
  command: "stream",
  describe: "Copy tables to another database and follow every change",
  builder: (yargs) =>
    yargs
      .command(streamPlanCommand)
      .command(streamStartCommand)
      .command(streamStatusCommand)
      .command(streamPauseCommand)
      .command(streamResumeCommand)
      .command(streamParkedCommand)
      .command(streamResyncCommand)
      .command(streamStopCommand)
      .command(streamRemoveCommand)
      .demandCommand(1, 'Say what: "strangler stream plan", "stream start", "stream status" or "stream stop".'),
  handler: () => undefined,
};
