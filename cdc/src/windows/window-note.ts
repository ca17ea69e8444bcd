// What a window writes into the source's log: pg_logical_emit_message with this prefix, outside of any transaction.

import { parseSnapshot, type SourceSnapshot } from "./source-snapshot.ts";

export const WINDOW_PREFIX = "strangler.window";

/** One end of a window; the closing one says under which snapshot its rows were read. `id` is one process's own, once. */
export type WindowNote = { id: string; open: true } | { id: string; open: false; snapshot: SourceSnapshot };

export function openingNote(id: string): string {
  return JSON.stringify({ id, open: true });
}

/** `snapshot` as pg_current_snapshot() writes it. */
export function closingNote(id: string, snapshot: string): string {
  return JSON.stringify({ id, open: false, snapshot });
}

/** Reads a note; undefined for a text that is none, because anybody may write into the log. */
export function readNote(content: Buffer): WindowNote | undefined {
  try {
    const note = JSON.parse(content.toString("utf8")) as { id?: unknown; open?: unknown; snapshot?: unknown };
    if (typeof note.id !== "string") return undefined;
    if (note.open === true) return { id: note.id, open: true };
    return typeof note.snapshot === "string"
      ? { id: note.id, open: false, snapshot: parseSnapshot(note.snapshot) }
      : undefined;
  } catch {
    return undefined;
  }
}
