// The target database of the simulated world: tables with a key and, some, with a second unique column; transactions that see
// what others have committed, wait for who writes, and are over when their session or the server is; one row of position.

import { TARGET_TABLES, TABLE_NAMES, keyOf, type Row, type TargetTable } from "./tables.ts";

export type Tables = Map<string, Map<string, Row>>;

export type Position = { state: "copying" | "following"; applied: bigint; cursor: string | null };

export type Store = { tables: Tables; position: Position };

/** An error as the server answers it. */
export class ServerError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export type TargetTransaction = {
  /** What it sees and writes; undefined until it writes. */
  own: Store | undefined;
  savepoints: Map<string, Store>;
  failed: boolean;
};

export type Target = ReturnType<typeof createTarget>;

export function createTarget(rows: Tables, applied: bigint) {
  let committed: Store = { tables: rows, position: { state: "following", applied, cursor: null } };
  let writer: TargetTransaction | undefined;
  let commits = 0;

  return {
    committed: (): Store => committed,
    commits: () => commits,
    begin: (): TargetTransaction => ({ own: undefined, savepoints: new Map(), failed: false }),
    /** Whether it would have to wait: another transaction has written and is not over. */
    mustWait: (transaction: TargetTransaction) => writer !== undefined && writer !== transaction,
    /** What the transaction may change. */
    write(transaction: TargetTransaction): Store {
      writer = transaction;
      transaction.own ??= copy(committed);
      return transaction.own;
    },
    read: (transaction: TargetTransaction | undefined): Store => transaction?.own ?? committed,
    setSavepoint(transaction: TargetTransaction, name: string): void {
      transaction.savepoints.set(name, copy(transaction.own ?? committed));
    },
    rollbackTo(transaction: TargetTransaction, name: string): void {
      const saved = transaction.savepoints.get(name);
      if (saved === undefined) throw new ServerError("3B001", `savepoint "${name}" does not exist`);
      transaction.own = copy(saved);
      transaction.failed = false;
    },
    /** Ends it. A transaction that has failed is rolled back whatever is asked. */
    end(transaction: TargetTransaction, how: "commit" | "rollback"): boolean {
      const isCommitted = how === "commit" && !transaction.failed;
      if (isCommitted && transaction.own !== undefined) {
        committed = transaction.own;
        commits += 1;
      }
      if (writer === transaction) writer = undefined;
      return isCommitted;
    },
    /** Everything that was not committed is gone. */
    crash(): void {
      writer = undefined;
    },
  };
}

/** Empty tables. */
export function emptyTables(): Tables {
  return new Map(TARGET_TABLES.map(({ name }) => [name, new Map<string, Row>()]));
}

/** Puts a row where none of its key may be; checks what is unique as the server does: at once, row by row. */
export function insertRow(store: Store, table: TargetTable, row: Row): void {
  const rows = rowsOf(store, table);
  const key = keyOf(table, row);
  if (rows.has(key)) throw new ServerError("23505", `duplicate key value ${key} in ${table.name}`);
  assertUnique(rows, table, row, undefined);
  rows.set(key, row);
}

/** Writes over the row of the key `at`; the row may name another. */
export function updateRow(store: Store, table: TargetTable, at: string, row: Row): void {
  const rows = rowsOf(store, table);
  const key = keyOf(table, row);
  if (key !== at && rows.has(key)) throw new ServerError("23505", `duplicate key value ${key} in ${table.name}`);
  assertUnique(rows, table, row, at);
  rows.delete(at);
  rows.set(key, row);
}

export function rowsOf(store: Store, table: TargetTable): Map<string, Row> {
  return store.tables.get(table.name) as Map<string, Row>;
}

/** The table that SQL calls "public"."name". */
export function findTable(sql: string): TargetTable {
  const name = /(?:FROM|INTO|UPDATE|TABLE)\s+"public"\."(\w+)"/.exec(sql)?.[1];
  const table = TARGET_TABLES.find((each) => each.name === name);
  if (table === undefined) throw new Error(`The simulated target does not know the table in: ${sql}`);
  return table;
}

export function positionRow({ position }: Store): Record<string, string | null> {
  const { state, applied, cursor } = position;
  return {
    state,
    applied: `${(applied >> 32n).toString(16)}/${(applied & 0xffff_ffffn).toString(16)}`.toUpperCase(),
    cursor,
    committed_at: null,
    updated_at: "",
    source_system: "simulated",
    source_database: "shop",
    tables: JSON.stringify(TABLE_NAMES),
  };
}

// --- internal ---

function copy({ tables, position }: Store): Store {
  return { tables: new Map([...tables].map(([name, rows]) => [name, new Map(rows)])), position: { ...position } };
}

function assertUnique(rows: ReadonlyMap<string, Row>, table: TargetTable, row: Row, except: string | undefined): void {
  const { unique } = table;
  if (unique === undefined || row[unique] === null) return;
  for (const [key, other] of rows) {
    if (key === except || other[unique] !== row[unique]) continue;
    throw new ServerError("23505", `duplicate value ${row[unique]} in ${table.name}.${table.columns[unique]}`);
  }
}
