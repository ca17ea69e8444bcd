import type { RoutesText } from "../../routes/parse.ts";
import type { ReplicaRegister } from "../replicas/register.ts";
import type { AuditEntry, AuditNote } from "../audit/entry.ts";

/**
 * Where the routes are kept, with the log of their changes: a file, or a row of PostgreSQL. A version is the first 12 hex digits
 * of the text's SHA-256, so that whoever has the same version has the same routes, on every machine.
 */
export type RoutesStore = {
  /** Named in complaints: the file's path, or the table's name. */
  readonly name: string;
  readonly kind: "file" | "postgres";
  /** The text as it stands, valid or not. Throws PlanFileError (no such file), RoutesStoreAwayError (no database). */
  read: () => Promise<RoutesText>;
  /** Calls `lookAgain` whenever the text may have changed, or the store went away or came back. Answers a function that ends it. */
  follow: (lookAgain: () => void) => () => void;
  /**
   * Replaces the text and enters the change into the audit log, both or neither. Throws RoutesChangedMeanwhileError when the text
   * is no longer that of `expectedVersion`, RoutesNotWritableError, RoutesStoreAwayError.
   */
  change: (expectedVersion: string, newText: string, note: AuditNote) => Promise<AuditEntry>;
  /** Enters a text that got there past `change`, as "edited outside". Answers the entry; undefined when there was none to make. */
  noticeOutsideEdit: () => Promise<AuditEntry | undefined>;
  /** Entries, newest first: those older than `before`, at most `limit` of them. */
  history: (page: { before?: number | undefined; limit: number }) => Promise<AuditEntry[]>;
  /** Every line of the log as it stands, oldest first, entries or not: what is verified and replayed. */
  auditLines: () => AsyncIterable<string>;
  /** What is in force at the replicas that follow this store. */
  replicas: ReplicaRegister;
  close: () => Promise<void>;
};
