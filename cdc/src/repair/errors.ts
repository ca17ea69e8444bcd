import { ExitCode } from "@strangler/platform";

export class RepairKeyError extends Error {
  readonly code = "REPAIR_KEY_UNFIT";
  readonly exitCode = ExitCode.usage;

  constructor(table: string, key: string, columns: readonly string[]) {
    super(
      `"${key}" is no key of ${table}, which has ${columns.length} key column(s): ${columns.join(", ")}. ` +
        (columns.length === 1 ? "Give values with commas between: --keys 5,7." : `Give JSON: --keys '[["a", "1"]]'.`),
    );
  }
}

export class RepairTableNeededError extends Error {
  readonly code = "REPAIR_TABLE_NEEDED";
  readonly exitCode = ExitCode.usage;

  constructor(stream: string, tables: readonly string[]) {
    super(`Keys belong to one table. Name it with --table; the stream "${stream}" has: ${tables.join(", ")}.`);
  }
}

export class StreamNotCopiedError extends Error {
  readonly code = "REPAIR_NOT_COPIED";
  readonly exitCode = ExitCode.environment;

  constructor(stream: string) {
    super(
      `The stream "${stream}" has never been copied, so there is nothing to repair. Start it with "strangler stream start ${stream}".`,
    );
  }
}

export class StreamPausedError extends Error {
  readonly code = "REPAIR_STREAM_PAUSED";
  readonly exitCode = ExitCode.refused;

  constructor(stream: string, mode: string) {
    super(
      `The stream "${stream}" is ${mode}: it applies nothing, and so repairs nothing. ` +
        `Let it go on with "strangler stream resume ${stream}" first; nothing was changed.`,
    );
  }
}
