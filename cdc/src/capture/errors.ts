import { errorCode, ExitCode } from "@strangler/platform";

/** The disk does not take what a transaction that still runs at the source has sent. Tried again: nothing of it is lost there. */
export class SpoolError extends Error {
  readonly code = "STREAM_SPOOL";
  readonly exitCode = ExitCode.environment;
  readonly folder: string;

  constructor(folder: string, cause: unknown) {
    super(
      `A large transaction of the source cannot be kept in ${folder} until it is committed (${errorCode(cause) ?? String(cause)}). ` +
        `Nothing is lost. Make room there, or name another folder in TMPDIR; the stream tries again by itself.`,
      { cause },
    );
    this.folder = folder;
  }
}

/** A transaction is decided whose rows were sent before the place where the slot begins, and never to us. */
export class PreparedLostError extends Error {
  readonly code = "STREAM_PREPARED_LOST";
  readonly exitCode = ExitCode.environment;
  readonly transaction: string;

  constructor(name: string) {
    super(
      `The source commits the prepared transaction "${name}", whose rows its slot has sent before and does not send again: ` +
        `somebody has moved the slot. Nothing of it was applied. The stream needs a fresh copy.`,
    );
    this.transaction = name;
  }
}
