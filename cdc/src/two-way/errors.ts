import { ExitCode } from "@strangler/platform";

export class OriginNotAllowedError extends Error {
  readonly code = "STREAM_ORIGIN_NOT_ALLOWED";
  readonly exitCode = ExitCode.environment;

  constructor(stream: string, cause: Error) {
    super(
      `The stream "${stream}" is one of two ways and must mark what it writes, and the target does not let it: ${cause.message}. ` +
        `Let a superuser run: GRANT EXECUTE ON FUNCTION pg_replication_origin_create(text), pg_replication_origin_session_setup(text) TO the role that applies; ` +
        `and see that max_replication_slots (PostgreSQL 18: max_active_replication_origins) leaves room.`,
      { cause },
    );
  }
}

export class PairNotReadyError extends Error {
  readonly code = "STREAM_PAIR_NOT_READY";
  readonly exitCode = ExitCode.refused;

  constructor(stream: string, reverse: string | undefined) {
    super(
      reverse === undefined
        ? `The stream "${stream}" has no \`reverse\` in the plan, so there is nothing for which it could wait armed. Start it without --armed.`
        : `The stream "${stream}" carries back what "${reverse}" brings, and "${reverse}" has not been copied yet. Start "${reverse}" first; nothing was changed.`,
    );
  }
}

/** Both sides have changed a row, and the plan wants a person to decide. */
export class ConflictError extends Error {
  readonly code = "STREAM_CONFLICT";
  readonly exitCode = ExitCode.configuration;

  constructor(kind: string) {
    super(`both sides have changed it (${kind})`);
  }
}
