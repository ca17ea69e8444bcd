import { ExitCode } from "@strangler/platform";

export class GuardNotAllowedError extends Error {
  readonly code = "STREAM_GUARD_NOT_ALLOWED";
  readonly exitCode = ExitCode.environment;

  constructor(stream: string, tables: readonly string[], sql: string) {
    super(
      `The plan wants the target tables of the stream "${stream}" guarded against other writers, and no role that it knows may put triggers ` +
        `on ${tables.join(", ")}. Let their owner run this, or say guard: off:\n${sql}`,
    );
  }
}
