import { errorCode, ExitCode } from "@strangler/platform";

// --- the plan ---

export class UnknownStreamError extends Error {
  readonly code = "STREAM_UNKNOWN";
  readonly exitCode = ExitCode.configuration;
  readonly stream: string;

  constructor(stream: string, file: string, known: readonly string[], guess: string | undefined) {
    const hint = guess === undefined ? `It has: ${known.join(", ") || "none"}.` : `Did you mean "${guess}"?`;
    super(`There is no stream "${stream}" in ${file}. ${hint}`);
    this.stream = stream;
  }
}

export class TableNotInStreamError extends Error {
  readonly code = "STREAM_TABLE_UNKNOWN";
  readonly exitCode = ExitCode.usage;
  readonly table: string;

  constructor(table: string, stream: string, known: readonly string[], guess: string | undefined) {
    const hint = guess === undefined ? `It has: ${known.join(", ")}.` : `Did you mean "${guess}"?`;
    super(`The stream "${stream}" has no table ${table}. ${hint}`);
    this.table = table;
  }
}

export class AddressMissingError extends Error {
  readonly code = "STREAM_ADDRESS_MISSING";
  readonly exitCode = ExitCode.configuration;
  readonly variable: string;

  constructor(database: string, variable: string) {
    super(
      `The address of the database "${database}" is not known. ` +
        `Start the stack with "strangler up", or set ${variable}=postgres://user:password@host:port/database.`,
    );
    this.variable = variable;
  }
}

/** One reason why a stream cannot run, with its remedy. */
export type StreamProblem = {
  /** Stable, for machines: "TABLE_MISSING". */
  problem: string;
  /** 3: the plan or a database's set-up must change. 4: something is not there that could be. */
  exitCode: typeof ExitCode.configuration | typeof ExitCode.environment;
  sentence: string;
  /** Which line of the plan is meant; absent where it is no line's fault, or the plan came from no file. */
  place?: { file: string; line: number; column: number };
};

/** A problem as one line: the place in the plan, if there is one, then the sentence. */
export function problemLine({ place, sentence }: StreamProblem): string {
  return place === undefined ? sentence : `${place.file}:${place.line}:${place.column}: ${sentence}`;
}

export class StreamNotPossibleError extends Error {
  readonly code = "STREAM_NOT_POSSIBLE";
  readonly exitCode: ExitCode;
  readonly problems: readonly StreamProblem[];

  constructor(stream: string, problems: readonly StreamProblem[]) {
    super(`The stream "${stream}" cannot run:\n${problems.map((problem) => `- ${problemLine(problem)}`).join("\n")}`);
    this.problems = problems;
    const onlyEnvironment = problems.every(({ exitCode }) => exitCode === ExitCode.environment);
    this.exitCode = onlyEnvironment ? ExitCode.environment : ExitCode.configuration;
  }
}

// --- connections ---

export class DatabaseUnreachableError extends Error {
  readonly code = "STREAM_DATABASE_UNREACHABLE";
  readonly exitCode = ExitCode.environment;

  constructor(what: string, address: string, cause: unknown) {
    super(
      `${what} does not answer at ${address} (${reasonOf(cause)}). Start it ("strangler up", "strangler status"), or correct the address.`,
      { cause },
    );
  }
}

export class PasswordRefusedError extends Error {
  readonly code = "STREAM_PASSWORD_REFUSED";
  readonly exitCode = ExitCode.environment;

  constructor(what: string, address: string, cause: unknown) {
    super(`${what} at ${address} refuses this user or password (${reasonOf(cause)}). Correct the address.`, { cause });
  }
}

export class SourceRefusedError extends Error {
  readonly code: string = "STREAM_SOURCE_REFUSED";
  readonly exitCode = ExitCode.environment;
  /** The server's own code, where it gave one. */
  readonly sqlState: string | undefined;

  constructor(reason: string, sqlState: string | undefined) {
    super(`The source does not send its log: ${reason}.`);
    this.sqlState = sqlState;
  }
}

// --- who else is at work ---

export class StreamBusyError extends Error {
  readonly code = "STREAM_BUSY";
  readonly exitCode = ExitCode.environment;
  readonly stream: string;

  constructor(stream: string, holder: string) {
    super(
      `The stream "${stream}" is already running (${holder}); a second one would do the same work twice, so this one ends. ` +
        `Look at it with "strangler stream status ${stream}", end it with "strangler stream stop ${stream}".`,
    );
    this.stream = stream;
  }
}

export class PositionMovedError extends Error {
  readonly code = "STREAM_POSITION_MOVED";
  readonly exitCode = ExitCode.environment;
  readonly stream: string;

  constructor(stream: string) {
    super(
      `The position of the stream "${stream}" was changed by somebody else while this process was writing; ` +
        `its last transaction was undone. Make sure that only one process runs the stream, then start it again.`,
    );
    this.stream = stream;
  }
}

// --- the log and the position do not fit ---

export class SlotLostError extends Error {
  readonly code = "STREAM_SLOT_LOST";
  readonly exitCode = ExitCode.environment;
  /** What happened, in a word or two, see run/continuity.ts; undefined when the position itself is gone. */
  readonly state: string | undefined;

  constructor(stream: string, why: string, state?: string) {
    super(
      `The stream "${stream}" cannot go on where it stood: ${why}. The changes in between cannot be had any more. ` +
        `Drop it with "strangler stream stop ${stream} --drop --yes", empty its target tables, and start it again with a fresh copy.`,
    );
    this.state = state;
  }
}

export class PublicationChangedError extends Error {
  readonly code = "STREAM_PUBLICATION_CHANGED";
  readonly exitCode = ExitCode.environment;

  constructor(stream: string, tables: readonly string[]) {
    super(
      `The source does not publish ${tables.join(", ")} for the stream "${stream}" any more: dropped, or taken out of its publication. ` +
        `What changed there since then is not in the stream's log. Take the table out of the plan, ` +
        `or drop the stream with "strangler stream stop ${stream} --drop --yes", empty its target tables and start it again.`,
    );
  }
}

export class TargetNotEmptyError extends Error {
  readonly code = "STREAM_TARGET_NOT_EMPTY";
  readonly exitCode = ExitCode.refused;
  readonly tables: readonly string[];

  /** `named` are the tables with their places in the plan, where these are known. */
  constructor(stream: string, tables: readonly string[], named: readonly string[] = tables) {
    super(
      `The stream "${stream}" does not copy into tables that hold rows it did not write: ${named.join(", ")}. Nothing was changed. ` +
        `If the rows may go, empty the tables (TRUNCATE ${tables.join(", ")}) and start again.`,
    );
    this.tables = tables;
  }
}

// --- rows ---

export class ColumnVanishedError extends Error {
  readonly code = "STREAM_COLUMN_VANISHED";
  readonly exitCode = ExitCode.configuration;
  readonly table: string;
  readonly column: string;

  constructor(table: string, column: string, columns: readonly string[]) {
    super(
      `The column "${column}" of ${table} is gone from the source, and the plan needs it. Everything before was applied, nothing is lost. ` +
        `The table now has: ${columns.join(", ")}. Mend the plan and start the stream again; it goes on where it stopped.`,
    );
    this.table = table;
    this.column = column;
  }
}

/** The source's table is not the one that was checked; the stream checks anew and goes on, or says why it cannot. */
export class SourceChangedError extends Error {
  readonly code = "STREAM_SOURCE_CHANGED";
  readonly exitCode = ExitCode.configuration;

  constructor(table: string, column: string) {
    super(
      `The column "${column}" of ${table} has another type in the log than in the source's catalog. ` +
        `If the type was changed, start the stream again; if that does not help, a fresh copy does.`,
    );
  }
}

export class TargetRefusedError extends Error {
  readonly code = "STREAM_TARGET_REFUSED";
  readonly exitCode = ExitCode.configuration;
  readonly table: string;
  readonly key: string;

  constructor(table: string, key: string, cause: unknown) {
    super(
      `${table} does not take the row with ${key}: ${reasonOf(cause)}. The source transaction was undone whole, nothing is lost. ` +
        `Mend the target's table or the plan, then start the stream again; it goes on where it stopped.`,
      { cause },
    );
    this.table = table;
    this.key = key;
  }
}

export class CommitRefusedError extends Error {
  readonly code = "STREAM_COMMIT_REFUSED";
  readonly exitCode = ExitCode.configuration;

  constructor(stream: string, cause: Error) {
    const detail = "detail" in cause && typeof cause.detail === "string" ? ` ${cause.detail}` : "";
    super(
      `The target refuses a whole transaction of the stream "${stream}" when it is to be committed: ${cause.message}.${detail} ` +
        `It was undone whole, nothing is lost. Mend the constraint of the target, then start the stream again; it goes on where it stopped.`,
      { cause },
    );
  }
}

export class StreamNotFollowingError extends Error {
  readonly code = "STREAM_NOT_FOLLOWING";
  readonly exitCode = ExitCode.environment;

  constructor(stream: string, state: string) {
    super(`The stream "${stream}" is ${state} and cannot say where its source stands. Ask again when it follows.`);
  }
}

/** The source sent something that this decoder does not know or did not ask for. */
export class ProtocolError extends Error {
  readonly code = "STREAM_PROTOCOL";
  readonly exitCode = ExitCode.internal;

  constructor(what: string) {
    super(
      `The source's log stream held ${what}. Nothing of that transaction was applied. Report this with the server's version.`,
    );
  }
}

// --- internal ---

function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join(", ");
  if (cause instanceof Error && cause.message !== "") return cause.message;
  return errorCode(cause) ?? String(cause);
}
