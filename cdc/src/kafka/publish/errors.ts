import { ExitCode } from "@strangler/platform";

export class NothingToPublishError extends Error {
  readonly code = "STREAM_NOTHING_TO_PUBLISH";
  readonly exitCode = ExitCode.configuration;

  constructor(stream: string) {
    super(
      `The stream "${stream}" has no topics of ours to write. Give it "through: { kafka: ..., prefix: ... }" in the plan, ` +
        `or start it without STRANGLER_ROLE=publish.`,
    );
  }
}

export class TopicsCollideError extends Error {
  readonly code = "KAFKA_TOPICS_COLLIDE";
  readonly exitCode = ExitCode.configuration;

  constructor(topic: string, tables: readonly string[]) {
    super(
      `The tables ${tables.join(" and ")} would share the topic ${topic}: characters that Kafka does not take become "_". ` +
        `Send one of them through another stream with a prefix of its own.`,
    );
  }
}

export class OutboxColumnsMissingError extends Error {
  readonly code = "KAFKA_OUTBOX_COLUMNS";
  readonly exitCode = ExitCode.configuration;

  constructor(table: string, missing: readonly string[]) {
    super(
      `The outbox ${table} has no ${missing.join(", ")}. It needs id, aggregatetype, aggregateid, type and payload; ` +
        `rename them in the table, or leave "outbox" out of the plan.`,
    );
  }
}

/** The slot says that the tables have been read once, and the topics that this was written to are not there. */
export class TopicsGoneError extends Error {
  readonly code = "KAFKA_TOPICS_GONE";
  readonly exitCode = ExitCode.configuration;

  constructor(stream: string, topics: readonly string[]) {
    super(
      `The stream "${stream}" has been published before, and ${topics.join(", ")} is not on the broker any more. ` +
        `Look whether it is the right Kafka. To publish everything afresh: "strangler stream remove ${stream}", then start it again.`,
    );
  }
}
