import { ExitCode } from "@strangler/platform";
import { SlotLostError } from "../errors.ts";
import type { Continuity } from "./continuity.ts";

/** The source cannot be followed now, and mends itself. Tried again. */
export class SourceNotReadyError extends Error {
  readonly code = "STREAM_SOURCE_NOT_READY";
  readonly exitCode = ExitCode.environment;

  constructor(stream: string, { sentence }: Continuity) {
    super(`The stream "${stream}" waits: ${sentence}.`);
  }
}

/** The source is not what it was, and nobody but a person can say what is meant. Nothing was changed. */
export class OtherSourceError extends Error {
  readonly code = "STREAM_OTHER_SOURCE";
  readonly exitCode = ExitCode.refused;

  constructor(stream: string, { sentence }: Continuity) {
    super(
      `The stream "${stream}" does not go on: ${sentence}. Nothing was changed. Correct the address; ` +
        `or, if the source was moved on purpose, drop the stream with "strangler stream stop ${stream} --drop --yes", ` +
        `empty its target tables, and start it again with a fresh copy.`,
    );
  }
}

/** What to throw where a stream may not go on. */
export function discontinuity(stream: string, continuity: Continuity): Error {
  if (continuity.remedy === "wait") return new SourceNotReadyError(stream, continuity);
  if (continuity.remedy === "person") return new OtherSourceError(stream, continuity);
  return new SlotLostError(stream, continuity.sentence, continuity.state);
}
