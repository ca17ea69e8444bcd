import type { ExitCode } from "@strangler/platform";

/** The command line was not understood. */
export class WrongUsage extends Error {
  readonly code = "WRONG_USAGE";
  readonly exitCode: ExitCode = 2;
  /** Every option the command knows, for a guess at what was meant. */
  readonly options: readonly string[];

  constructor(message: string, options: readonly string[]) {
    super(message);
    this.options = options;
  }
}
