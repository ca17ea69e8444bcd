import { ExitCode } from "@strangler/platform";

export class KafkaAddressMissingError extends Error {
  readonly code = "KAFKA_ADDRESS_MISSING";
  readonly exitCode = ExitCode.configuration;

  constructor(name: string, variable: string) {
    super(
      `The address of the Kafka "${name}" is not known. Start the stack with "strangler up --kafka", or set ${variable}=host:port.`,
    );
  }
}

export class KafkaSettingError extends Error {
  readonly code = "KAFKA_SETTING";
  readonly exitCode = ExitCode.configuration;

  constructor(variable: string, complaint: string, cause?: unknown) {
    super(`${variable} ${complaint}.`, { cause });
  }
}

/** A broker is away, or was when it was asked. It comes back by itself, and so does the stream. */
export class KafkaUnreachableError extends Error {
  readonly code = "KAFKA_UNREACHABLE";
  readonly exitCode = ExitCode.environment;

  constructor(brokers: readonly string[], doing: string, cause: unknown) {
    super(
      `Kafka (${brokers.join(", ")}) does not answer while ${doing} (${wordsOf(cause)}). ` +
        `Start it, or correct the address; the stream goes on by itself when it is back.`,
      { cause },
    );
  }
}

export class KafkaRefusedError extends Error {
  readonly code = "KAFKA_REFUSED";
  readonly exitCode = ExitCode.configuration;

  constructor(brokers: readonly string[], doing: string, cause: unknown) {
    super(`Kafka (${brokers.join(", ")}) refused ${doing}: ${wordsOf(cause)}.`, { cause });
  }
}

/** A producer that can no longer know what it has written. A new one begins behind what the topics end with. */
export class KafkaProducerLostError extends Error {
  readonly code = "KAFKA_PRODUCER_LOST";
  readonly exitCode = ExitCode.environment;

  constructor(cause: unknown) {
    super(`Kafka did not say whether it has the last records (${wordsOf(cause)}); a new producer will look.`, {
      cause,
    });
  }
}

export class KafkaRecordTooLargeError extends Error {
  readonly code = "KAFKA_RECORD_TOO_LARGE";
  readonly exitCode = ExitCode.configuration;

  constructor(topic: string, bytes: number, cause: unknown) {
    super(
      `The topic ${topic} does not take a record of ${bytes} bytes. Raise its max.message.bytes (and the replicas' ` +
        `replica.fetch.max.bytes), then start the stream again; it goes on where it stopped, nothing is lost.`,
      { cause },
    );
  }
}

// --- internal ---

function wordsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.replace(/\.$/, "") : String(cause);
}
