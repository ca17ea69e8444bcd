// The source database of the simulated world: rows, transactions that are open side by side, and the log they leave. It keeps
// PostgreSQL's order of things where replication depends on it:
//
// - A row that a transaction has touched is locked until that transaction is *visible*, not merely until its commit is in the log.
// - A commit is in the log, and may be sent, before a snapshot shows it.
// - An aborted sub-transaction's changes are in the log like any others, with a record behind them that takes them back.
// - A prepared transaction keeps its locks over a crash; every other open one is gone, without a record.

import { keyOf, project, SOURCE_TABLES, TARGET_TABLES, type Row, type SourceTable } from "./tables.ts";

export type LoggedChange =
  | { kind: "row"; op: "insert" | "update" | "delete"; table: SourceTable; old: Row | undefined; new: Row | undefined }
  | { kind: "truncate"; tables: readonly SourceTable[] }
  | { kind: "note"; prefix: string; content: string };

export type LogRecord = { lsn: bigint; endLsn: bigint; time: bigint } & (
  | { kind: "change"; xid: number; subXid: number; change: LoggedChange }
  | { kind: "subabort"; xid: number; subXid: number }
  | { kind: "abort"; xid: number }
  | { kind: "commit"; xid: number }
  | { kind: "prepare"; xid: number; gid: string }
  | { kind: "commit prepared"; xid: number; gid: string }
  | { kind: "rollback prepared"; xid: number; gid: string }
  | { kind: "loose note"; prefix: string; content: string }
  | { kind: "elsewhere" }
);

/** What a target that follows must hold once everything before `endLsn` is applied: rows by key, by target table. */
export type ExpectedState = { endLsn: bigint; tables: ReadonlyMap<string, ReadonlyMap<string, Row>> };

export type Transaction = {
  xid: number;
  state: "open" | "prepared" | "logged" | "over";
  /** The sub-transaction that is open inside, and where its changes begin. */
  sub: { xid: number; undoFrom: number } | undefined;
  locks: Set<string>;
  undo: { table: SourceTable; key: string; row: Row | undefined }[];
  changes: { subXid: number; change: LoggedChange }[];
};

export type Source = ReturnType<typeof createSource>;

export function createSource(firstRows: ReadonlyMap<SourceTable, readonly Row[]>) {
  const current = emptyRows();
  const committed = emptyRows();
  const visible = emptyRows();
  for (const [table, rows] of firstRows) {
    for (const row of rows)
      for (const side of [current, committed, visible]) rowsOf(side, table).set(keyOf(table, row), row);
  }
  const xidsFrom = 700;
  const log: LogRecord[] = [];
  const locks = new Map<string, number>();
  const transactions = new Map<number, Transaction>();
  let end = FIRST_LSN;
  let latestOver = xidsFrom;
  let workEnd = end;
  let xids = xidsFrom;
  let clock = 0n;
  const notes: { prefix: string; content: string }[] = [];
  const states: ExpectedState[] = [{ endLsn: end, tables: expected(committed) }];

  type Body<R> = R extends LogRecord ? Omit<R, "lsn" | "endLsn" | "time"> : never;
  function write(body: Body<LogRecord>): LogRecord {
    const lsn = end;
    end += 8n + BigInt((log.length * 5) % 7) * 8n;
    clock += 1_000n;
    const record: LogRecord = { ...body, lsn, endLsn: end, time: clock };
    log.push(record);
    return record;
  }

  function finish(transaction: Transaction): void {
    latestOver = Math.max(latestOver, transaction.xid);
    for (const lock of transaction.locks) locks.delete(lock);
    transaction.state = "over";
    transactions.delete(transaction.xid);
  }

  function takeBack(transaction: Transaction, from: number): void {
    for (const { table, key, row } of transaction.undo.splice(from).reverse()) put(current, table, key, row);
  }

  function commitToLog(transaction: Transaction, body: Body<LogRecord>): void {
    const { endLsn } = write(body);
    workEnd = endLsn;
    for (const { change } of transaction.changes) {
      applyTo(committed, change);
      if (change.kind === "note") notes.push(change);
    }
    states.push({ endLsn, tables: expected(committed) });
    transaction.state = "logged";
  }

  return {
    log: log as readonly LogRecord[],
    states: states as readonly ExpectedState[],
    end: () => end,
    /** Where the last thing ends that a target must have. */
    workEnd: () => workEnd,
    transactions: (state: Transaction["state"]) => [...transactions.values()].filter((each) => each.state === state),
    rows: (table: SourceTable): ReadonlyMap<string, Row> => rowsOf(current, table),
    visibleRows: (table: SourceTable): ReadonlyMap<string, Row> => rowsOf(visible, table),
    /** The state that a target must show which has applied everything before `position`. */
    stateAt(position: bigint): ExpectedState {
      for (let index = states.length - 1; index > 0; index -= 1) {
        const state = states[index] as ExpectedState;
        if (state.endLsn <= position) return state;
      }
      return states[0] as ExpectedState;
    },

    /** What pg_current_snapshot() answers: which transactions a reader does not see now. */
    snapshot() {
      const xmax = latestOver + 1;
      const running = [...transactions.keys()].filter((xid) => xid < xmax).sort((a, b) => a - b);
      return { xmin: running[0] ?? xmax, xmax, running };
    },
    begin(): Transaction {
      xids += 1;
      const transaction: Transaction = {
        xid: xids,
        state: "open",
        sub: undefined,
        locks: new Set(),
        undo: [],
        changes: [],
      };
      transactions.set(xids, transaction);
      return transaction;
    },
    /** Takes the locks of these names for the transaction; false, and none taken, when another has one of them. */
    lock(transaction: Transaction, names: readonly string[]): boolean {
      if (names.some((name) => (locks.get(name) ?? transaction.xid) !== transaction.xid)) return false;
      for (const name of names) {
        locks.set(name, transaction.xid);
        transaction.locks.add(name);
      }
      return true;
    },
    lockedByOthers: (transaction: Transaction, prefix: string) =>
      [...locks].some(([name, xid]) => xid !== transaction.xid && name.startsWith(prefix)),
    change(transaction: Transaction, change: LoggedChange): void {
      const subXid = transaction.sub?.xid ?? transaction.xid;
      write({ kind: "change", xid: transaction.xid, subXid, change });
      transaction.changes.push({ subXid, change });
      applyTo(current, change, transaction.undo);
    },
    savepoint(transaction: Transaction): void {
      xids += 1;
      transaction.sub = { xid: xids, undoFrom: transaction.undo.length };
    },
    release(transaction: Transaction): void {
      transaction.sub = undefined;
    },
    rollbackToSavepoint(transaction: Transaction): void {
      const { sub } = transaction;
      if (sub === undefined) return;
      takeBack(transaction, sub.undoFrom);
      transaction.changes = transaction.changes.filter(({ subXid }) => subXid !== sub.xid);
      write({ kind: "subabort", xid: transaction.xid, subXid: sub.xid });
      transaction.sub = undefined;
    },
    abort(transaction: Transaction): void {
      takeBack(transaction, 0);
      if (transaction.state === "prepared")
        write({ kind: "rollback prepared", xid: transaction.xid, gid: gidOf(transaction) });
      else write({ kind: "abort", xid: transaction.xid });
      finish(transaction);
    },
    prepare(transaction: Transaction): void {
      write({ kind: "prepare", xid: transaction.xid, gid: gidOf(transaction) });
      transaction.sub = undefined;
      transaction.state = "prepared";
    },
    commit(transaction: Transaction): void {
      const { xid } = transaction;
      if (transaction.state === "prepared")
        commitToLog(transaction, { kind: "commit prepared", xid, gid: gidOf(transaction) });
      else commitToLog(transaction, { kind: "commit", xid });
    },
    /** The second half of a commit: snapshots show it from here on. */
    show(transaction: Transaction): void {
      for (const { change } of transaction.changes) applyTo(visible, change);
      finish(transaction);
    },
    /** The notes of committed transactions and loose ones, in the log's order. */
    notes: (prefix: string) => notes.filter((note) => note.prefix === prefix).map(({ content }) => content),
    looseNote(prefix: string, content: string): void {
      workEnd = write({ kind: "loose note", prefix, content }).endLsn;
      notes.push({ prefix, content });
    },
    elsewhere(): void {
      write({ kind: "elsewhere" });
    },
    crash(): void {
      for (const transaction of transactions.values()) {
        if (transaction.state === "open") {
          takeBack(transaction, 0);
          finish(transaction);
        } else if (transaction.state === "logged") {
          for (const { change } of transaction.changes) applyTo(visible, change);
          finish(transaction);
        }
      }
    },
  };
}

// --- internal ---

type Rows = Map<SourceTable, Map<string, Row>>;

const FIRST_LSN = 0x1_000n;

function emptyRows(): Rows {
  return new Map(SOURCE_TABLES.map((table) => [table, new Map<string, Row>()]));
}

function rowsOf(rows: Rows, table: SourceTable): Map<string, Row> {
  return rows.get(table) as Map<string, Row>;
}

function put(rows: Rows, table: SourceTable, key: string, row: Row | undefined): void {
  if (row === undefined) rowsOf(rows, table).delete(key);
  else rowsOf(rows, table).set(key, row);
}

function applyTo(rows: Rows, change: LoggedChange, undo?: Transaction["undo"]): void {
  const set = (table: SourceTable, key: string, row: Row | undefined) => {
    undo?.push({ table, key, row: rowsOf(rows, table).get(key) });
    put(rows, table, key, row);
  };
  if (change.kind === "truncate") {
    for (const table of change.tables) for (const key of [...rowsOf(rows, table).keys()]) set(table, key, undefined);
  } else if (change.kind === "row") {
    const { table } = change;
    if (change.old !== undefined) set(table, keyOf(table, change.old), undefined);
    if (change.new !== undefined) set(table, keyOf(table, change.new), change.new);
  }
}

function expected(rows: Rows): ExpectedState["tables"] {
  return new Map(
    TARGET_TABLES.map((target) => [
      target.name,
      new Map([...rowsOf(rows, target.from).values()].map((row) => [keyOf(target.from, row), project(target, row)])),
    ]),
  );
}

function gidOf({ xid }: Transaction): string {
  return `prepared ${xid}`;
}
