import { errorCode } from "@strangler/platform";

/**
 * What to do about what ended an attempt.
 * `again`: a database is away, or somebody else was in the way; it comes back by itself.
 * `once`: the source is not as it was checked; a new check either goes on or says why not. Not twice without progress.
 * `never`: only a person can mend it.
 */
export type Verdict = "again" | "once" | "never";

/** Judges an error. Pure. */
export function judge(error: unknown): Verdict {
  const code = errorCode(error) ?? "";
  if (code === "STREAM_SOURCE_CHANGED") return "once";
  // A disk that is full: somebody makes room. A standby: it takes over.
  if (code === "STREAM_SPOOL" || code === "STREAM_SOURCE_NOT_READY") return "again";
  if (code === "STREAM_DATABASE_UNREACHABLE" || code === "STREAM_TRANSACTION_SET_ASIDE") return "again";
  if (KAFKA_COMES_BACK.has(code)) return "again";
  const state = sqlState(error) ?? code;
  if (TRANSIENT_STATES.test(state) || TRANSIENT_SYSTEM.has(state)) return "again";
  if (code === "STREAM_SOURCE_REFUSED" && state === "") return "again";
  // An unknown table or column, a lost right: the check has a sentence for it.
  if (/^42...$/.test(state)) return "once";
  return error instanceof Error && BROKEN_SESSION.test(error.message) ? "again" : "never";
}

// --- internal ---

// A broker that is away, a topic that its writer is about to make.
const KAFKA_COMES_BACK = new Set([
  "KAFKA_UNREACHABLE",
  "KAFKA_PRODUCER_LOST",
  "STREAM_TOPIC_MISSING",
  "STREAM_TOPICS_CHANGED",
]);

// 08 connection, 40 rollback for others' sake, 53 resources, 55006 slot in use, 57 the server shuts down or starts.
const TRANSIENT_STATES = /^(08...|40...|53...|55006|57P..)$/;
const TRANSIENT_SYSTEM = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"]);

// node-postgres gives these no code.
const BROKEN_SESSION =
  /^Connection terminated|^Client (has encountered a connection error|was closed)|connection error and is not queryable|timeout expired/;

function sqlState(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("sqlState" in error)) return undefined;
  return typeof error.sqlState === "string" ? error.sqlState : "";
}
