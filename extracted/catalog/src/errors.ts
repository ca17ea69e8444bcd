import { ExitCode } from "@strangler/platform";

export class DatabaseUnavailableError extends Error {
  readonly code = "CATALOG_DATABASE_UNAVAILABLE";
  readonly exitCode = ExitCode.environment;

  constructor(cause: unknown) {
    const said = cause instanceof Error ? cause.message : String(cause);
    super(
      `The catalog's database does not answer (${said}). Start it, or correct DATABASE_URL; the service goes on by itself once it is back.`,
      { cause },
    );
  }
}
