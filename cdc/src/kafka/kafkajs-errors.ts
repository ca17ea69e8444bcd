import { KafkaRefusedError, KafkaUnreachableError } from "./errors.ts";

/** What kafkajs threw, in our words: away (it comes back by itself) or refused (a person must mend it). */
export function kafkaError(brokers: readonly string[], doing: string, thrown: unknown): Error {
  const cause = rootOf(thrown);
  return isPassing(thrown, cause)
    ? new KafkaUnreachableError(brokers, doing, cause)
    : new KafkaRefusedError(brokers, doing, cause);
}

export function isTooLarge(thrown: unknown): boolean {
  const cause = rootOf(thrown) as Partial<KafkaJsError>;
  return cause.type === "MESSAGE_TOO_LARGE" || cause.type === "RECORD_LIST_TOO_LARGE";
}

// --- internal ---

type KafkaJsError = { name: string; type: string; retriable: boolean; cause: unknown; originalError: unknown };

const PASSING = new Set([
  "KafkaJSNumberOfRetriesExceeded",
  "KafkaJSConnectionError",
  "KafkaJSConnectionClosedError",
  "KafkaJSRequestTimeoutError",
  "KafkaJSBrokerNotFound",
  "KafkaJSGroupCoordinatorNotFound",
  "KafkaJSNoBrokerAvailableError",
  "KafkaJSLockTimeout",
]);

// kafkajs wraps what it gave up on in one or two errors of its own.
function rootOf(thrown: unknown): unknown {
  const inner =
    (thrown as Partial<KafkaJsError> | null)?.cause ?? (thrown as Partial<KafkaJsError> | null)?.originalError;
  return inner instanceof Object && "message" in inner ? rootOf(inner) : thrown;
}

function isPassing(thrown: unknown, cause: unknown): boolean {
  const outer = thrown as Partial<KafkaJsError>;
  const inner = cause as Partial<KafkaJsError>;
  if (inner.name === "KafkaJSSASLAuthenticationError") return false;
  return (
    PASSING.has(outer.name ?? "") || PASSING.has(inner.name ?? "") || inner.retriable === true || isTooEarly(cause)
  );
}

// Of a topic whose partitions a broker does not tell yet, as just after it was made, kafkajs takes the last of none.
function isTooEarly(cause: unknown): boolean {
  const { name, message } = cause as Partial<Error>;
  return name === "TypeError" && /pop\(/.test(message ?? "");
}
