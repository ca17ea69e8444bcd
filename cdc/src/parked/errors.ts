import { ExitCode } from "@strangler/platform";

/** A transaction of several pieces was refused: nothing of it stays, and it comes again from the log to be parked whole. */
export class TransactionSetAsideError extends Error {
  readonly code = "STREAM_TRANSACTION_SET_ASIDE";
  readonly exitCode = ExitCode.environment;

  constructor(transaction: number, why: string) {
    super(`The source transaction ${transaction} is parked whole when it comes from the log again: ${why}`);
  }
}

export class TooMuchParkedError extends Error {
  readonly code = "STREAM_TOO_MUCH_PARKED";
  readonly exitCode = ExitCode.configuration;

  constructor(stream: string, parked: number, what: "transactions" | "keys", limit: number, why: string) {
    super(
      `The stream "${stream}" stops: ${parked} ${what} are parked, the limit is ${limit}, and one more would be (${why}). ` +
        `Nothing is lost. Look with "strangler stream parked ${stream}", mend the cause, retry with ` +
        `"strangler stream parked ${stream} --retry --all", then start the stream again.`,
    );
  }
}

export class NotParkedError extends Error {
  readonly code = "STREAM_NOT_PARKED";
  readonly exitCode = ExitCode.usage;

  constructor(stream: string, id: string, known: readonly string[]) {
    const hint = known.length === 0 ? "Nothing is parked." : `Parked are: ${known.slice(0, 20).join(", ")}.`;
    super(`The stream "${stream}" has no parked transaction ${id}. ${hint}`);
  }
}

/** A change of the schema, or another note, inside a transaction that cannot be applied: parking it would be a guess. */
export class NoteNotParkableError extends Error {
  readonly code = "STREAM_NOTE_NOT_PARKABLE";
  readonly exitCode = ExitCode.configuration;

  constructor(stream: string, prefix: string, transaction: number) {
    super(
      `The source transaction ${transaction} of the stream "${stream}" cannot be applied and holds a note "${prefix}" that must not wait. ` +
        `Nothing of it was applied, nothing is lost. Mend what the target refuses, then start the stream again.`,
    );
  }
}
