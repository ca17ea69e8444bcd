import { ExitCode } from "@strangler/platform";

/** A table of the source was changed in a way that the plan has no answer for. */
export class SchemaChangedError extends Error {
  readonly code = "STREAM_SCHEMA_CHANGED";
  readonly exitCode = ExitCode.configuration;
  readonly table: string;
  /** "ADD COLUMN colour". */
  readonly change: string;

  constructor(table: string, change: string, why: string, remedy: string) {
    super(
      `The source changed ${table} (${change}), and ${why}. Everything before was applied, nothing is lost. ` +
        `${remedy}, then start the stream again; it goes on with the rows behind the change.`,
    );
    this.table = table;
    this.change = change;
  }
}

/** Rows bring a column that the plan wants and the target has no place for, and nobody announced it. */
export class ColumnUnexpectedError extends Error {
  readonly code = "STREAM_COLUMN_UNEXPECTED";
  readonly exitCode = ExitCode.configuration;
  readonly table: string;
  readonly column: string;

  constructor(table: string, target: string, column: string) {
    super(
      `The source's ${table} has a column "${column}" that the plan wants under its own name, and the stream does not carry it. ` +
        `Everything before was applied, nothing is lost. ` +
        `Give the target one (ALTER TABLE ${target} ADD COLUMN ${column} ..., with the default of the source), then start the stream again; it goes on with the rows that bring it.`,
    );
    this.table = table;
    this.column = column;
  }
}

/** The target does not take the change that a source table's change asks for. */
export class SchemaChangeRefusedError extends Error {
  readonly code = "STREAM_SCHEMA_CHANGE_REFUSED";
  readonly exitCode = ExitCode.configuration;

  constructor(change: string, table: string, sql: string, cause: Error) {
    super(
      `The target does not follow the change of ${table} (${change}): ${cause.message}. Its transaction was undone whole, nothing is lost. ` +
        `Run it as the owner of the target's table: ${sql}; then start the stream again.`,
      { cause },
    );
  }
}
