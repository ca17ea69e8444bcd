// What the source's customers do: transactions side by side, over few rows, so that they meet often.

import type { Random } from "../fuzz/random.ts";
import type { LoggedChange, Source, Transaction } from "./source.ts";
import { keyOf, LABELS, LEDGERS, PARCELS, SOURCE_TABLES, type Row, type SourceTable } from "./tables.ts";

export type WorkloadOptions = {
  transactions: number;
  /** Kinds of operations that are left out, to shrink a failing schedule. */
  without: readonly string[];
};

export type Workload = {
  /** Does the next thing; answers what it was, or undefined when there is nothing more to do. */
  next: () => string | undefined;
  isOver: () => boolean;
};

/** The rows that are there before the stream begins. */
export function firstRows(): Map<SourceTable, Row[]> {
  return new Map([
    [PARCELS, [1, 2, 3].map((id) => [String(id), `w${id}`, id === 2 ? largeText(id) : `n${id}`])],
    [LABELS, [1, 2].map((place) => ["1", String(place), `code ${place}`])],
    [LEDGERS, [1, 2].map((id) => [String(id), `a${id}`, largeText(id)])],
  ]);
}

export function createWorkload(random: Random, source: Source, { transactions, without }: WorkloadOptions): Workload {
  let begun = 0;
  let serial = 100;
  const fresh = (mark: string) => `${mark}${(serial += 1)}`;
  const allows = (what: string) => !without.includes(what);

  function next(): string | undefined {
    const open = source.transactions("open");
    const prepared = source.transactions("prepared");
    const logged = source.transactions("logged");
    const draw = random.below(100);
    if (logged.length > 0 && draw < 45) {
      const transaction = random.pick(logged);
      source.show(transaction);
      return `${transaction.xid} is visible`;
    }
    if (prepared.length > 0 && draw < 60) return finishPrepared(random.pick(prepared));
    if (begun < transactions && (open.length === 0 || (open.length < 3 && draw < 25))) {
      begun += 1;
      if (allows("notes") && random.chance(8)) {
        source.looseNote(random.pick(["wanted", "unwanted"]), fresh("note "));
        return "a loose note";
      }
      if (random.chance(12)) {
        source.elsewhere();
        return "a transaction elsewhere";
      }
      return `${source.begin().xid} begins`;
    }
    if (open.length > 0) return goOn(random.pick(open));
    if (logged.length > 0) {
      source.show(logged[0] as Transaction);
      return `${logged[0]?.xid} is visible`;
    }
    return undefined;
  }

  function finishPrepared(transaction: Transaction): string {
    if (random.chance(75)) {
      source.commit(transaction);
      return `${transaction.xid} is committed, it was prepared`;
    }
    source.abort(transaction);
    return `${transaction.xid} is rolled back, it was prepared`;
  }

  function goOn(transaction: Transaction): string {
    const { xid } = transaction;
    const draw = random.below(100);
    if (draw < 30 && (transaction.changes.length > 0 || draw < 8)) return end(transaction);
    if (draw < 36 && allows("subtransactions")) {
      if (transaction.sub === undefined) {
        source.savepoint(transaction);
        return `${xid} sets a savepoint`;
      }
      if (random.chance(60)) {
        source.rollbackToSavepoint(transaction);
        return `${xid} rolls back to its savepoint`;
      }
      source.release(transaction);
      return `${xid} releases its savepoint`;
    }
    return `${xid} ${write(transaction)}`;
  }

  function end(transaction: Transaction): string {
    const { xid } = transaction;
    if (random.chance(15)) {
      source.abort(transaction);
      return `${xid} is rolled back`;
    }
    if (allows("prepared") && random.chance(10)) {
      source.prepare(transaction);
      return `${xid} is prepared`;
    }
    source.commit(transaction);
    return `${xid} is committed in the log`;
  }

  function write(transaction: Transaction): string {
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const did = tryWrite(transaction, random.pick(SOURCE_TABLES));
      if (did !== undefined) return did;
    }
    return "finds every row locked";
  }

  function tryWrite(transaction: Transaction, table: SourceTable): string | undefined {
    const draw = random.below(100);
    if (draw < 30) return insert(transaction, table);
    if (draw < 58) return update(transaction, table);
    if (draw < 76) return remove(transaction, table);
    if (draw < 84) return allows("rekeys") ? rekey(transaction, table) : undefined;
    if (draw < 92) return allows("swaps") ? swap(transaction) : undefined;
    if (draw < 96) return allows("truncates") ? truncate(transaction, table) : undefined;
    if (!allows("notes")) return undefined;
    source.change(transaction, { kind: "note", prefix: random.pick(["wanted", "unwanted"]), content: fresh("note ") });
    return "writes a note";
  }

  function insert(transaction: Transaction, table: SourceTable): string | undefined {
    const key = freeKey(table);
    if (key === undefined) return undefined;
    const row = makeRow(table, key);
    if (row === undefined || !lockRows(transaction, table, [row])) return undefined;
    return change(transaction, { kind: "row", op: "insert", table, old: undefined, new: row });
  }

  function update(transaction: Transaction, table: SourceTable): string | undefined {
    const old = anyRow(table);
    if (old === undefined) return undefined;
    const now = old.map((value, place) => (table.key.includes(place) ? value : newValue(table, place, value)));
    if (now.includes("none")) return undefined;
    if (!lockRows(transaction, table, [old, now])) return undefined;
    return change(transaction, { kind: "row", op: "update", table, old, new: now });
  }

  function remove(transaction: Transaction, table: SourceTable): string | undefined {
    const old = anyRow(table);
    if (old === undefined || !lockRows(transaction, table, [old])) return undefined;
    return change(transaction, { kind: "row", op: "delete", table, old, new: undefined });
  }

  function rekey(transaction: Transaction, table: SourceTable): string | undefined {
    const old = anyRow(table);
    const key = freeKey(table);
    if (old === undefined || key === undefined) return undefined;
    const now = old.map((value, place) => key[place] ?? value);
    if (!lockRows(transaction, table, [old, now])) return undefined;
    return change(transaction, { kind: "row", op: "update", table, old, new: now });
  }

  // Two rows change their unique values by way of a third one, as only a transaction can.
  function swap(transaction: Transaction): string | undefined {
    const rows = [...source.rows(LABELS).values()];
    if (rows.length < 2) return undefined;
    const one = random.pick(rows);
    const other = random.pick(rows);
    if (one === other || !lockRows(transaction, LABELS, [one, other])) return undefined;
    const withCode = (row: Row, code: Row[number]): Row => [row[0] ?? null, row[1] ?? null, code ?? null];
    const between = withCode(one, fresh("between "));
    const steps: [Row, Row][] = [
      [one, between],
      [other, withCode(other, one[2] ?? null)],
      [between, withCode(one, other[2] ?? null)],
    ];
    for (const [old, now] of steps) {
      source.change(transaction, { kind: "row", op: "update", table: LABELS, old, new: now });
    }
    return `swaps the codes of ${keyOf(LABELS, one)} and ${keyOf(LABELS, other)}`;
  }

  function truncate(transaction: Transaction, table: SourceTable): string | undefined {
    if (source.lockedByOthers(transaction, `${table.name}/`)) return undefined;
    if (!source.lock(transaction, [`${table.name}!`])) return undefined;
    return change(transaction, { kind: "truncate", tables: [table] });
  }

  function change(transaction: Transaction, changed: LoggedChange): string {
    source.change(transaction, changed);
    return describeChange(changed);
  }

  function lockRows(transaction: Transaction, table: SourceTable, rows: readonly Row[]): boolean {
    if (source.lockedByOthers(transaction, `${table.name}!`)) return false;
    const names = rows.flatMap((row) => {
      const key = `${table.name}/${keyOf(table, row)}`;
      return table.unique === undefined ? [key] : [key, `${table.name}/unique/${row[table.unique]}`];
    });
    return source.lock(transaction, names);
  }

  function anyRow(table: SourceTable): Row | undefined {
    const rows = [...source.rows(table).values()];
    return rows.length === 0 ? undefined : random.pick(rows);
  }

  function freeKey(table: SourceTable): string[] | undefined {
    const key =
      table.key.length === 1
        ? [String(1 + random.below(6))]
        : // Written side by side without a mark between them, some of these would be the same.
          [random.pick(["1", "11"]), random.pick(["1", "2", "11"])];
    return source.rows(table).has(key.join("/")) ? undefined : key;
  }

  function makeRow(table: SourceTable, key: readonly string[]): Row | undefined {
    const row = table.columns.map((_, place) => key[place] ?? newValue(table, place, undefined));
    return row.includes("none") ? undefined : row;
  }

  // A value that lies apart stays as it is more often than not: that is what the log then leaves out.
  function newValue(table: SourceTable, place: number, before: Row[number] | undefined): string | null {
    if (place === table.unique) return freeCode(before ?? undefined);
    if (!table.apart.includes(place)) return random.chance(5) && before !== undefined ? before : fresh("v");
    if (before !== undefined && random.chance(65)) return before;
    if (random.chance(10)) return null;
    return random.chance(60) ? largeText((serial += 1)) : fresh("n");
  }

  function freeCode(before: string | undefined): string {
    const taken = new Set([...source.rows(LABELS).values()].map((row) => row[2]));
    const code = `code ${1 + random.below(8)}`;
    return taken.has(code) ? (before ?? "none") : code;
  }

  return {
    next,
    isOver: () =>
      begun >= transactions &&
      (["open", "prepared", "logged"] as const).every((state) => source.transactions(state).length === 0),
  };
}

/** Whether a value is so large that it is stored apart from its row. */
export function liesApart(value: Row[number]): boolean {
  return value?.startsWith("large ") ?? false;
}

// --- internal ---

function largeText(serial: number): string {
  return `large ${serial} ${"x".repeat(24)}`;
}

function describeChange(change: LoggedChange): string {
  if (change.kind === "truncate") return `empties ${change.tables.map(({ name }) => name).join(", ")}`;
  if (change.kind === "note") return "writes a note";
  const { table, op, old, new: now } = change;
  const key = [old, now].filter((row) => row !== undefined).map((row) => keyOf(table, row));
  return `${op}s ${table.name} ${[...new Set(key)].join(" to ")}`;
}
