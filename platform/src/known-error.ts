import { errorCode } from "./error-code.ts";
import type { ExitCode } from "./exit-code.ts";

/**
 * An error that was foreseen: it has a stable `code`, an exit status, and a message that says what was refused, why,
 * and what to do next. Every package's errors have this shape; there is no base class.
 */
export type KnownError = Error & { readonly code: string; readonly exitCode: ExitCode };

/** Known errors are printed as one line; anything else crashes with its stack. */
export function isKnownError(error: unknown): error is KnownError {
  return errorCode(error) !== undefined && Object.hasOwn(error as object, "exitCode");
}
