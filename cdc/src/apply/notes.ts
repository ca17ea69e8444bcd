import type { LogicalMessage } from "../capture/pgoutput.ts";
import type { Writer } from "./write-batch.ts";

/**
 * What is done where a note stands in the log: everything that was committed before it is in the target's transaction that is open,
 * nothing that was committed after it. A note may come a second time after a restart. Throws what stops the stream.
 */
export type NoteHandler = (note: LogicalMessage, writer: Writer) => Promise<void>;

/** By the note's prefix. Notes of other prefixes are passed over. */
export type NoteHandlers = Readonly<Record<string, NoteHandler>>;
