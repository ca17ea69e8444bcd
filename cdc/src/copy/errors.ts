import { ExitCode } from "@strangler/platform";

export class NothingToResyncError extends Error {
  readonly code = "STREAM_NOTHING_TO_RESYNC";
  readonly exitCode = ExitCode.usage;
  readonly stream: string;

  constructor(stream: string) {
    super(
      `The stream "${stream}" has never been copied, so there is nothing to bring up to date. Start it: "strangler stream start ${stream}".`,
    );
    this.stream = stream;
  }
}
