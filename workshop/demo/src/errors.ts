import { ExitCode } from "@strangler/platform";

export class CommandFailedError extends Error {
  readonly code = "DEMO_COMMAND_FAILED";
  readonly exitCode: ExitCode;

  constructor(args: readonly string[], status: number | null, said: string) {
    const last = said.trim().split("\n").slice(-8).join("\n");
    super(`"strangler ${args.join(" ")}" ended with status ${status ?? "unknown"}:\n${last}`);
    this.exitCode = isExitCode(status) ? status : ExitCode.internal;
  }
}

export class InterruptedError extends Error {
  readonly code = "DEMO_INTERRUPTED";
  readonly exitCode = ExitCode.interrupted;

  constructor() {
    super("Interrupted. Everything the demo had started was stopped and removed.");
  }
}

// --- internal ---

function isExitCode(status: number | null): status is ExitCode {
  return Object.values(ExitCode).some((known) => known === status && known !== ExitCode.done);
}
