import { ExitCode } from "@strangler/platform";

/** What every exit status means; printed below `strangler --help`. */
export const EXIT_CODES: readonly (readonly [ExitCode, string])[] = [
  [ExitCode.done, "done"],
  [ExitCode.finding, "a check found something: drift, a mismatch, a process that is not healthy"],
  [ExitCode.usage, "the command line was not understood"],
  [ExitCode.configuration, "a plan file or the environment is wrong"],
  [ExitCode.environment, "something is missing: a port, a server, a program; the message says what mends it"],
  [ExitCode.refused, "refused to be safe; nothing was changed"],
  [ExitCode.internal, "a fault of this program"],
  [ExitCode.interrupted, "interrupted"],
];

export function explainExitCodes(): string {
  const lines = EXIT_CODES.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`);
  return ["Exit status:", ...lines].join("\n");
}
