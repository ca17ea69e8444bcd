import { ExitCode } from "./exit-code.ts";
import { isKnownError } from "./known-error.ts";

/**
 * Runs a process's main function. A known error becomes one line on standard error and its exit status; an unknown one
 * crashes with its stack and status 70.
 */
export function runMain(main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    if (isKnownError(error)) {
      process.stderr.write(`${error.message}\n`);
      process.exit(error.exitCode);
    }
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(ExitCode.internal);
  });
}
