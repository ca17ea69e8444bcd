// What the log's messages mean to a window: hands them, in their order, to the pure decision in window-log.ts. Of a row only its
// key is looked at, and only while a window on its table is open.

import { followTable, type FollowedTable } from "../apply/followed-table.ts";
import { readRowChange } from "../apply/row-change.ts";
import type { PgoutputMessage, Relation, RowMessage } from "../capture/pgoutput.ts";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { formatTable } from "../postgres/quote.ts";
import type { WindowLog, WindowVerdict } from "./window-log.ts";
import { readNote } from "./window-note.ts";

/** Looks at every message of the log on its way to the target. */
export type LogWatcher = {
  /** Rows are of interest only while this says so. */
  wantsRows: () => boolean;
  observe: (message: PgoutputMessage) => void;
};

export type WindowWatcher = LogWatcher & {
  /** The next window is this one, and concerns this table; notes of others (of a process that is gone) mean nothing. */
  expect: (id: string, table: ResolvedTable) => void;
};

export function createWindowWatcher(
  log: WindowLog,
  prefix: string,
  onClosed: (id: string, verdict: WindowVerdict) => void,
): WindowWatcher {
  const relations = new Map<number, Relation>();
  // How the log lays out the table of the window, by the relation's number there.
  let layouts = new Map<number, FollowedTable | undefined>();
  let expected: ResolvedTable | undefined;
  let expectedId: string | undefined;

  function layoutOf(relationId: number): FollowedTable | undefined {
    if (!layouts.has(relationId)) layouts.set(relationId, fit(expected, relations.get(relationId)));
    return layouts.get(relationId);
  }

  function observeRow(message: RowMessage): void {
    const layout = layoutOf(message.relationId);
    if (layout === undefined) return;
    const change = readRowChange(message, layout);
    log.touch(change.key);
    if (change.op === "rekey") log.touch(change.oldKey);
  }

  // The log announces a table again whenever it pleases; only another layout means something.
  function observeRelation(relation: Relation): void {
    const known = relations.get(relation.id);
    relations.set(relation.id, relation);
    layouts.delete(relation.id);
    const isConcerned = expected !== undefined && formatTable(expected.from) === formatTable(relation);
    if (isConcerned && known !== undefined && JSON.stringify(known) !== JSON.stringify(relation)) log.spoil("altered");
  }

  function observeNote(content: Buffer): void {
    const note = readNote(content);
    if (note === undefined || note.id !== expectedId) return;
    if (note.open) {
      log.open(note.id);
      return;
    }
    const verdict = log.close(note.id, note.snapshot);
    if (verdict !== undefined) onClosed(note.id, verdict);
  }

  return {
    wantsRows: log.isOpen,
    expect: (id, table) => {
      if (expected !== table) layouts = new Map();
      expected = table;
      expectedId = id;
    },
    observe(message) {
      if (message.kind === "row") observeRow(message);
      else if (message.kind === "begin") log.tell(message.transactionId);
      else if (message.kind === "relation") observeRelation(message.relation);
      else if (message.kind === "truncate" && message.relationIds.some((id) => layoutOf(id) !== undefined))
        log.spoil("truncated");
      else if (message.kind === "message" && message.prefix === prefix) observeNote(message.content);
    },
  };
}

// --- internal ---

// A table that no longer fits stops the stream by itself; a window need not complain a second time.
function fit(table: ResolvedTable | undefined, relation: Relation | undefined): FollowedTable | undefined {
  if (table === undefined || relation === undefined || formatTable(table.from) !== formatTable(relation))
    return undefined;
  try {
    return followTable(table, relation);
  } catch {
    return undefined;
  }
}
