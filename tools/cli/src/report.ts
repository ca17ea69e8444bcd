import { ExitCode, isKnownError, nearest } from "@strangler/platform";
import { WrongUsage } from "./wrong-usage.ts";

/** Tells a failure to the person who typed the command, and answers the exit status. */
export function report(error: unknown): ExitCode {
  if (error instanceof WrongUsage) {
    process.stderr.write(`${error.message}${guessOption(error)}\n`);
    return error.exitCode;
  }
  if (isKnownError(error)) {
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return ExitCode.internal;
}

// --- internal ---

// yargs guesses at commands, but not at options.
function guessOption({ message, options }: WrongUsage): string {
  const unknown = /^Unknown arguments?: ([^,]+)/.exec(message)?.[1];
  const guess = unknown === undefined ? undefined : nearest(unknown, options);
  return guess === undefined ? "" : `\nDid you mean --${guess}?`;
}
