import type { ExitCode } from "@strangler/platform";

/**
 * What every exit status means; printed below `strangler --help`. The numbers are written out, and held equal to the platform's
 * table by a test: help must not wait for the platform's HTTP server to load.
 */
export const EXIT_CODES: readonly (readonly [ExitCode, string])[] = [
  [0, "done"],
  [1, "a check found something: drift, a mismatch, a process that is not healthy"],
  [2, "the command line was not understood"],
  [3, "a plan file or the environment is wrong"],
  [4, "something is missing: a port, a server, a program; the message says what mends it"],
  [5, "refused to be safe; nothing was changed"],
  [70, "a fault of this program"],
  [130, "interrupted"],
];

export function explainExitCodes(): string {
  const lines = EXIT_CODES.map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`);
  return ["Exit status:", ...lines].join("\n");
}
