import { ExitCode } from "@strangler/platform";

/** The stream's process ended while somebody waited for it. */
export class StreamEndedError extends Error {
  readonly code = "STREAM_ENDED";
  readonly exitCode = ExitCode.environment;

  constructor(stream: string, lastWords: string, log: string) {
    super(
      lastWords === "" ? `The process of the stream "${stream}" ended without a word. Look into ${log}.` : lastWords,
    );
  }
}
