// Windows in the simulated world: rows are read beside the log, under a snapshot that may not see what is in the log already, and our
// own decision says at the closing note which of them may be written. Each of those must then be what the log has made of it so far.

import { createWindowLog } from "../../cdc/src/windows/window-log.ts";
import type { SourceSnapshot } from "../../cdc/src/windows/source-snapshot.ts";
import { createRandom } from "../fuzz/random.ts";
import { createSource, type LoggedChange, type LogRecord, type Source } from "./source.ts";
import { keyOf, LEDGERS, type Row } from "./tables.ts";
import { createWorkload, firstRows } from "./workload.ts";

export type WindowResult = { seed: number; windows: number; good: number; violation: string | undefined };

/** Runs one schedule of windows among the work of the source's customers. Everything follows from the seed. */
export function runWindows(seed: number): WindowResult {
  const random = createRandom(seed, 4);
  const source = createSource(firstRows());
  const workload = createWorkload(createRandom(seed, 5), source, { transactions: 25, without: [] });
  const reader = createReader(source);
  for (let quiet = 0; quiet < QUIET_STEPS;) {
    const draw = random.below(10);
    if (draw < 5) workload.next();
    else if (draw < 8) reader.readNext();
    else reader.goOn();
    if (workload.isOver()) quiet += 1;
  }
  const { windows, good, violation } = reader.result();
  // When nobody writes any more, nothing stands against a window.
  const stalled = good === 0 ? "no window was good, not even when nobody wrote" : undefined;
  return { seed, windows, good, violation: violation ?? stalled };
}

// --- internal ---

const QUIET_STEPS = 600;
const TABLE = "ledgers";

type Read = { id: string; snapshot: SourceSnapshot; rows: ReadonlyMap<string, Row> };

function createReader(source: Source) {
  const log = createWindowLog(source.snapshot().xmax);
  const changes = new Map<number, { subXid: number; change: LoggedChange }[]>();
  const reads = new Map<string, Read>();
  let stage: "none" | "opened" | "read" | "closed" = "none";
  let at = 0;
  let windows = 0;
  let good = 0;
  let violation: string | undefined;

  function readNext(): void {
    const record = source.log[at];
    if (record === undefined) return;
    at += 1;
    take(record);
  }

  function take(record: LogRecord): void {
    if (record.kind === "change") {
      const { xid, subXid, change } = record;
      changes.set(xid, [...(changes.get(xid) ?? []), { subXid, change }]);
    } else if (record.kind === "subabort") {
      const kept = changes.get(record.xid) ?? [];
      changes.set(
        record.xid,
        kept.filter(({ subXid }) => subXid !== record.subXid),
      );
    } else if (record.kind === "commit" || record.kind === "commit prepared") {
      log.tell(record.xid);
      for (const { change } of changes.get(record.xid) ?? []) touch(change);
    } else if (record.kind === "loose note" && record.prefix === "window") {
      takeNote(record.content, record.lsn);
    }
  }

  function touch(change: LoggedChange): void {
    if (change.kind === "truncate" && change.tables.includes(LEDGERS)) log.spoil("truncated");
    if (change.kind !== "row" || change.table !== LEDGERS) return;
    for (const row of [change.old, change.new]) if (row !== undefined) log.touch(keyOf(LEDGERS, row));
  }

  function takeNote(content: string, lsn: bigint): void {
    const [what = "", id = ""] = content.split(" ");
    if (what === "open") {
      log.open(id);
      return;
    }
    stage = "none";
    windows += 1;
    const read = reads.get(id) as Read;
    const verdict = log.close(id, read.snapshot);
    if (verdict?.good !== true) return;
    good += 1;
    violation ??= findStale(read, verdict.touched, source.stateAt(lsn).tables.get(TABLE) ?? new Map<string, Row>());
  }

  return {
    readNext,
    /** The next thing that whoever wants a window does: open it, read under a snapshot, close it. */
    goOn(): void {
      const id = String(reads.size + (stage === "read" ? -1 : 0));
      if (stage === "none") {
        source.looseNote("window", `open ${id}`);
        stage = "opened";
      } else if (stage === "opened") {
        reads.set(id, { id, snapshot: source.snapshot(), rows: new Map(source.visibleRows(LEDGERS)) });
        stage = "read";
      } else if (stage === "read") {
        source.looseNote("window", `close ${id}`);
        stage = "closed";
      }
    },
    result: () => ({ windows, good, violation }),
  };
}

function findStale(read: Read, touched: ReadonlySet<string>, now: ReadonlyMap<string, Row>): string | undefined {
  for (const key of new Set([...read.rows.keys(), ...now.keys()])) {
    const before = read.rows.get(key)?.join("|");
    const after = now.get(key)?.join("|");
    if (touched.has(key) || before === after) continue;
    return `the window ${read.id} would write ${TABLE} ${key} as ${before ?? "gone"}, the log has made it ${after ?? "gone"}`;
  }
  return undefined;
}
