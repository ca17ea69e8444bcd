import { ExitCode } from "@strangler/platform";

/** An event whose value does not fit the column that it is for. */
export class EventValueError extends Error {
  readonly code = "STREAM_EVENT_VALUE";
  readonly exitCode = ExitCode.configuration;
  readonly column: string;

  constructor(column: string, type: string, given: string | undefined) {
    const what = given === undefined ? "what the event has" : `a ${given}`;
    super(
      `The column "${column}" is a ${type.replace("pg_catalog.", "")}, and ${what} is not read as one. ` +
        `Give the column a fitting type, leave it out of the plan, or let the connector write it another way (cdc/README.md has the table).`,
    );
    this.column = column;
  }
}

export class EventColumnMissingError extends Error {
  readonly code = "STREAM_EVENT_COLUMN_MISSING";
  readonly exitCode = ExitCode.configuration;

  constructor(topic: string, column: string, names: readonly string[]) {
    super(
      `The events of ${topic} have no "${column}"; they have: ${names.join(", ") || "nothing"}. ` +
        `Mend the plan; of a type that the connector does not know, it writes the value only with include.unknown.datatypes=true.`,
    );
  }
}

/** A message that is no change event, where one belongs. */
export class EventUnreadableError extends Error {
  readonly code = "STREAM_EVENT_UNREADABLE";
  readonly exitCode = ExitCode.configuration;

  constructor(place: string, reason: string, cause?: unknown) {
    super(
      `${place} is not a change event: ${reason}. The stream reads JSON of Debezium's shape, with or without schemas.`,
      {
        cause,
      },
    );
  }
}

/** Events of a transaction that its own end counts are not in the topics. */
export class EventsMissingError extends Error {
  readonly code = "STREAM_EVENTS_MISSING";
  readonly exitCode = ExitCode.environment;

  constructor(transaction: string, collection: string, order: number, count: number) {
    super(
      `Event ${order} of ${count} that the transaction ${transaction} has for ${collection} is not in its topic, and later ones are. ` +
        `Topics of a stream must not be compacted or cut before they are applied; copy the stream afresh ("strangler stream stop ... --drop").`,
    );
  }
}

/** The topics begin behind the place where the stream stands. */
export class TopicCutError extends Error {
  readonly code = "STREAM_TOPIC_CUT";
  readonly exitCode = ExitCode.environment;

  constructor(place: string, wanted: number, first: number) {
    super(
      `${place} begins at ${first}, and the stream goes on at ${wanted}: what lies between was removed before it was applied. ` +
        `Give the topics a longer retention, and copy the stream afresh.`,
    );
  }
}

export class TopicMissingError extends Error {
  readonly code = "STREAM_TOPIC_MISSING";
  readonly exitCode = ExitCode.environment;

  constructor(stream: string, topics: readonly string[]) {
    super(
      `The stream "${stream}" waits for topics that are not there yet: ${topics.join(", ")}. ` +
        `Start its publisher or connector, with provide.transaction.metadata=true, or correct the plan's prefix.`,
    );
  }
}

/** A truncate among several partitions, none of which knows what the others have before it. */
export class TruncateWithoutOrderError extends Error {
  readonly code = "STREAM_TRUNCATE_WITHOUT_ORDER";
  readonly exitCode = ExitCode.configuration;

  constructor(topic: string) {
    super(
      `${topic} was truncated, and its partitions are applied each by itself, so nobody knows which rows came before it. ` +
        `Use "order: commit", or one partition for this topic.`,
    );
  }
}

/** Another process has been given the stream. */
export class StreamTakenError extends Error {
  readonly code = "STREAM_TAKEN";
  readonly exitCode = ExitCode.environment;

  constructor(stream: string) {
    super(`The stream "${stream}" was given to another applier of its group; this one waits until it is needed.`);
  }
}

/** A change that names no transaction, in a stream that keeps transactions whole. */
export class EventWithoutTransactionError extends Error {
  readonly code = "STREAM_EVENT_WITHOUT_TRANSACTION";
  readonly exitCode = ExitCode.configuration;

  constructor(place: string) {
    super(
      `The event ${place} names no transaction, so nobody knows what belongs together. Let the connector say it ` +
        `(provide.transaction.metadata=true), or give up whole transactions with "order: per-key".`,
    );
  }
}

/** A topic or a partition has come that was not there when the stream began to read. It begins to read again. */
export class TopicsChangedError extends Error {
  readonly code = "STREAM_TOPICS_CHANGED";
  readonly exitCode = ExitCode.environment;

  constructor(topic: string) {
    super(`${topic} is new, or has more partitions than before.`);
  }
}

/** A change of which large values were left out, where an expression or a filter needs them. */
export class EventIncompleteError extends Error {
  readonly code = "STREAM_EVENT_INCOMPLETE";
  readonly exitCode = ExitCode.configuration;

  constructor(place: string, table: string) {
    super(
      `The event ${place} leaves out large values that did not change, and the plan filters ${table} or computes from several of ` +
        `its columns. Let the source log whole rows (PostgreSQL: ALTER TABLE ${table} REPLICA IDENTITY FULL).`,
    );
  }
}
