// Our own protocol, broken by hand: one line each, as somebody might write it who means well. Every one of them must be noticed. A mutant is
// a piece of a file's text and what stands in its place.

export type Mutant = {
  name: string;
  /** Below cdc/src. */
  file: string;
  from: string;
  to: string;
  /** What catches it, where the simulator cannot: a test file, and the name of the test. */
  test?: { file: string; name: string };
};

const mutant = (name: string, file: string, from: string, to: string, test?: Mutant["test"]): Mutant => ({
  name,
  file,
  from,
  to,
  ...(test === undefined ? {} : { test }),
});

const LOG_READER = "capture/log-reader.ts";
const FRAMES = "capture/frames.ts";
const PGOUTPUT = "capture/pgoutput.ts";
const ASSEMBLE = "capture/assemble.ts";
const COLLECTOR = "apply/collector.ts";
const BATCH = "apply/batch.ts";
const ROW_CHANGE = "apply/row-change.ts";
const ROW_KEY = "apply/row-key.ts";
const APPLIER = "apply/applier.ts";
const ONE_BY_ONE = "apply/one-by-one.ts";
const POSITION = "apply/position-store.ts";
const WINDOWS = "windows/window-log.ts";
const FOLLOW = "run/follow.ts";
const RETRY = "run/retry.ts";

export const MUTANTS: readonly Mutant[] = [
  // --- positions ---
  mutant(
    "confirms what was received",
    LOG_READER,
    "socket.write(statusUpdate(received, confirmed))",
    "socket.write(statusUpdate(received, received))",
  ),
  mutant(
    "confirms a keepalive's position past what is under way",
    LOG_READER,
    "if (logEnd > received) received = logEnd;",
    "if (logEnd > received) confirmed = received = logEnd;",
  ),
  mutant(
    "confirms when work is given, not when it is done",
    FOLLOW,
    "const done = applier.apply(unit)",
    "reader.confirm(unit.boundary?.endLsn ?? 0n);\n    const done = applier.apply(unit)",
  ),
  mutant(
    "moves the idle position past work that waits",
    FOLLOW,
    "if (behind <= 0n || !inbox.collector.isEmpty()) return undefined;",
    "if (behind <= 0n) return undefined;",
  ),
  mutant(
    "promises readers what has only arrived",
    FOLLOW,
    "return nothingWaits && inbox.horizon() > stored ? inbox.horizon() : stored;",
    "return inbox.horizon() > stored ? inbox.horizon() : stored;",
  ),
  mutant("starts behind its position", LOG_READER, "LOGICAL ${formatLsn(from)}", "LOGICAL ${formatLsn(from + 48n)}"),
  mutant(
    "takes a commit's beginning for its end",
    PGOUTPUT,
    "endLsn: bytes.readBigUInt64BE(at + 9),",
    "endLsn: bytes.readBigUInt64BE(at + 1),",
  ),
  mutant("moves the position without comparing", POSITION, " AND applied = $2::pg_lsn", ""),
  mutant(
    "does not look whether the position was moved",
    APPLIER,
    "const { rowCount } = await sendAdvance(ADVANCE, boundary, position);\n    if (rowCount !== 1) throw new PositionMovedError(stream);",
    "await sendAdvance(ADVANCE, boundary, position);",
  ),
  mutant(
    "commits without the position",
    APPLIER,
    "const moved = sendAdvance(ADVANCE_OR_FAIL, boundary, from);",
    "const moved = begun;",
  ),
  mutant(
    "commits, then moves the position",
    APPLIER,
    'const moved = sendAdvance(ADVANCE_OR_FAIL, boundary, from);\n    const committed = session.query("COMMIT");',
    'const committed = session.query("COMMIT");\n    const moved = sendAdvance(ADVANCE_OR_FAIL, boundary, from);',
  ),
  mutant(
    "moves the position, then writes",
    APPLIER,
    'const begun = session.query("BEGIN");\n    const writes = sendBatch(writer, batch);\n    const moved = sendAdvance(ADVANCE_OR_FAIL, boundary, from);',
    'const moved = sendAdvance(ADVANCE_OR_FAIL, boundary, from);\n    const begun = session.query("BEGIN");\n    const writes = sendBatch(writer, batch);',
  ),

  // --- transactions ---
  mutant(
    "commits a piece",
    APPLIER,
    "if (boundary !== undefined) await commit(boundary);\n      return;",
    "await commit(boundary ?? { endLsn: position, commitTime: undefined, firstCommitTime: undefined, transactions: 0 });\n      inTransaction = false;\n      return;",
  ),
  mutant(
    "puts a boundary at a piece",
    COLLECTOR,
    "if (isLarge(ready)) closeReady(undefined);",
    "if (isLarge(ready)) closeReady(readyBoundary);",
  ),
  mutant(
    "takes what waits for complete when a piece is handed on",
    COLLECTOR,
    "closeComplete();\n      foldInOpen();\n      closeReady(undefined);",
    "foldInOpen();\n      closeComplete();",
  ),
  mutant(
    "forgets the last change of a piece",
    COLLECTOR,
    "if (open.length > 0) {\n      closeComplete();",
    "if (open.length > 0) {\n      open.pop();\n      closeComplete();",
  ),
  mutant(
    "writes what was refused without undoing it",
    APPLIER,
    'await session.query("ROLLBACK TO SAVEPOINT piece");',
    "",
  ),
  mutant(
    "sends ahead while a refused unit is being written",
    APPLIER,
    "const isFree = waitingOthers === 0 && (waiting === 0 || lastEpoch === epoch);",
    "const isFree = waitingOthers === 0;",
  ),
  mutant("lets nobody hear of a unit that was sent ahead", APPLIER, "    refusal.catch(() => undefined);\n", ""),
  mutant(
    "does not truncate in its turn",
    COLLECTOR,
    "closeReady(undefined);\n        if (truncated.length > 0)",
    "if (truncated.length > 0)",
  ),
  mutant(
    "does not truncate",
    COLLECTOR,
    'if (truncated.length > 0) close({ kind: "truncate"',
    'if (truncated.length > 9) close({ kind: "truncate"',
  ),
  mutant(
    "passes a wanted note over",
    COLLECTOR,
    "if (!isWanted(message.prefix) || (isBrought && message.transactional)) break;",
    "if (!isWanted(message.prefix) || message.transactional) break;",
  ),

  // --- streamed and prepared ---
  mutant(
    "keeps what an aborted sub-transaction wrote",
    ASSEMBLE,
    "if (place < found.spool.length()) found.spool.cutBack(place);",
    "",
  ),
  mutant(
    "tells once more what the target has",
    ASSEMBLE,
    "if (!caughtUp && commitLsn >= applied) caughtUp = true;",
    "caughtUp = true;",
  ),
  mutant(
    "takes the commit at its position for known",
    ASSEMBLE,
    "commitLsn >= applied) caughtUp = true;",
    "commitLsn > applied) caughtUp = true;",
  ),
  mutant("confirms past a prepared transaction", ASSEMBLE, "else if (prepareLsn < least) least = prepareLsn;", ""),
  mutant(
    "tells the horizon before what is held",
    ASSEMBLE,
    'if (mode === "held") held.push(logEnd);\n      else listener.onHorizon(logEnd);',
    "listener.onHorizon(logEnd);",
  ),
  mutant(
    "owes no layouts",
    ASSEMBLE,
    "owed.delete(relationId);\n    listener.onMessage(decodeMessage(layout, 0, layout.length));",
    "owed.delete(relationId);",
  ),
  mutant(
    "forgets what arrives while a spool is told",
    ASSEMBLE,
    "held.push({ bytes, start, end });",
    "if (held.length < 1) held.push({ bytes, start, end });",
  ),

  // --- rows ---
  mutant("folds an insert and its delete into an insert", BATCH, "    rows.delete(key);", "    known.present = true;"),
  mutant(
    "leaves the old row of a key that changed",
    BATCH,
    "addGone(rows, change.oldKey, change.oldRow.bytes, change.oldRow.at);\n",
    "",
  ),
  mutant(
    "forgets a large value that an earlier change had set",
    BATCH,
    "fillFrom({ bytes, at }, known, () => true)",
    "fillFrom({ bytes, at }, known, () => false)",
  ),
  mutant("takes an old key's nulls for values", ROW_CHANGE, "whole || (table.inOldKey[place] ?? false)", "true"),
  mutant("takes two keys for one", ROW_KEY, "key += `${text.length}:${text}`;", "key += text;"),
  mutant(
    "writes a key that changed anew, without its large values",
    BATCH,
    'return change.op === "rekey" && change.lacking !== "";',
    "return false;",
  ),
  mutant(
    "passes over a change that fills two tables",
    BATCH,
    "for (let place = 0; place < tables.length; place += 1) foldIn(",
    "for (let place = 0; place < 1; place += 1) foldIn(",
  ),
  mutant(
    "removes the new key instead of the old",
    ONE_BY_ONE,
    "await run(statements.remove, change.oldRow);",
    "await run(statements.remove, change.row);",
  ),

  // --- bytes ---
  mutant(
    "loses what a chunk's end has cut",
    FRAMES,
    "if (from === chunk.length) return;",
    "if (chunk.length - from < HEADER) return;",
  ),
  mutant("begins anew where a cut message ends", FRAMES, "return missing;", "return 0;"),

  // --- windows ---
  mutant(
    "writes what the log has touched inside a window",
    WINDOWS,
    "opened.touched.add(key);",
    "opened.touched.add(`${key} `);",
  ),
  mutant(
    "trusts a snapshot that does not see a commit from before its window",
    WINDOWS,
    "if (running.some(isBefore)) return true;",
    "",
  ),
  mutant(
    "trusts a snapshot that ends before a commit from before its window",
    WINDOWS,
    "if (isBefore(each)) return true;\n    return false;",
    "if (isBefore(each) && each < 0) return true;\n    return false;",
  ),
  mutant(
    "takes a window for good whose table was emptied",
    WINDOWS,
    "if (opened !== undefined) opened.spoiled ??= why;",
    "",
  ),

  // --- faults ---
  mutant("gives up while its slot is still held", RETRY, "55006|", ""),
  mutant("gives up when a connection breaks", RETRY, "/^Connection terminated|", "/^Connection unknown|"),
  mutant("never asks the source to wait", FOLLOW, "paused = true;\n        reader.pause();", "paused = true;"),
  mutant("never lets the source go on", FOLLOW, "paused = false;\n        reader.resume();", "paused = false;"),
  mutant("swallows news while it does something else", FOLLOW, "      if (news) return;\n", "      news = false;\n"),
];
