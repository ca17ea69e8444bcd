import { errorCode } from "@strangler/platform";

/**
 * Whether the target's answer is about the rows it was given, and would be the same at the next try: such a change can only be
 * written in another order, or not at all. Everything else (a lost connection, a full disk, a missing right) is about the server.
 *
 * By SQLSTATE (PostgreSQL's manual, appendix "Error Codes"): 21 "cardinality violation" (one key in two spellings), 22 "data
 * exception" (a division by zero is how our own conditions fail), 23 "integrity constraint violation", 44 "check option violation",
 * 54 "program limit exceeded" (a value too large for an index), 428C9 a value for a column that the target generates, P0001 what
 * a trigger of the target's own raises.
 */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && REFUSALS.test(errorCode(error) ?? "");
}

// --- internal ---

const REFUSALS = /^(2[123]...|44...|54...|428C9|P0001)$/;
