import { z } from "zod";
import type { LogicalMessage } from "../capture/pgoutput.ts";
import { ProtocolError } from "../errors.ts";

const column = z.object({
  /** Stays the same when the column is renamed. */
  number: z.number(),
  name: z.string(),
  typeId: z.number(),
  modifier: z.number(),
  /** As SQL writes it, with schema and without length. */
  type: z.string(),
  typeName: z.string(),
  /** For people, with length. */
  label: z.string(),
  storage: z.string(),
  notNull: z.boolean(),
  isGenerated: z.boolean(),
  isNumbered: z.boolean(),
  default: z.string().nullable(),
  /** What rows that were there before the column hold in it; null when they hold nothing or were written anew. */
  missing: z.string().nullable(),
});

const layout = z.object({ schema: z.string(), table: z.string(), columns: z.array(column) });

const note = z.object({
  relation: z.number(),
  /** PostgreSQL's command tag: "ALTER TABLE". */
  tag: z.string(),
  /** The beginning of the statement. */
  statement: z.string().nullable(),
  before: layout,
  /** Null for a table that is gone, or is not published any more. */
  after: layout.nullable(),
});

/** What the source's event trigger wrote into the log about one table, see trigger-sql.ts. */
export type DdlNote = z.output<typeof note>;
export type NotedColumn = z.output<typeof column>;

/** Reads a note's content. Throws ProtocolError for one that this version does not understand. */
export function readDdlNote({ content }: Pick<LogicalMessage, "content">): DdlNote {
  try {
    return note.parse(JSON.parse(content.toString("utf8")));
  } catch {
    throw new ProtocolError("a note about a changed table that cannot be read");
  }
}
