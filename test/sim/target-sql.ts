// What the target does with the statements that our own applier sends. It reads of each statement what the real server would do with it: which
// table, which columns its parameters are, whether it counts what it has touched. A statement that it does not know ends the run, so
// that the simulator never passes by what it has not understood.

import {
  findTable,
  insertRow,
  positionRow,
  rowsOf,
  ServerError,
  updateRow,
  type Store,
  type Target,
  type TargetTransaction,
} from "./target.ts";
import { keyOf, type Row, type TargetTable } from "./tables.ts";

export type Request = { text: string; values: readonly unknown[] };
export type Answer = { rowCount: number; rows: Record<string, string | null>[]; command: string };

/** A connection's state at the server: between transactions, or in one. */
export type ServerSession = { transaction: TargetTransaction | undefined };

/** Whether the request must wait for another session's transaction. */
export function mustWait(target: Target, session: ServerSession, { text }: Request): boolean {
  return WRITES.test(text) && target.mustWait(session.transaction ?? NOBODY);
}

/** Does what the request asks for. Throws ServerError as the server would refuse it. */
export function execute(target: Target, session: ServerSession, request: Request): Answer {
  const { text } = request;
  const controls = controlsOf(text);
  if (controls !== undefined) return steer(target, session, controls);
  const { transaction } = session;
  if (transaction?.failed === true) throw new ServerError("25P02", "current transaction is aborted");
  const alone = transaction ?? target.begin();
  try {
    const answer = WRITES.test(text)
      ? writeTo(target.write(alone), request)
      : readFrom(target.read(transaction), request);
    if (transaction === undefined) target.end(alone, "commit");
    return answer;
  } catch (error) {
    if (transaction === undefined) target.end(alone, "rollback");
    else transaction.failed = true;
    throw error;
  }
}

// --- internal ---

const WRITES = /\b(INSERT INTO|UPDATE|DELETE FROM|TRUNCATE)\b/;
const NOBODY: TargetTransaction = { own: undefined, savepoints: new Map(), failed: false };
const DONE: Answer = { rowCount: 0, rows: [], command: "" };

type Control =
  { kind: "begin" | "commit" | "rollback" } | { kind: "savepoint" | "rollback to"; name: string } | { kind: "set" };

const CONTROLS: readonly [RegExp, (name: string) => Control][] = [
  [/^BEGIN\b/, () => ({ kind: "begin" })],
  [/^SAVEPOINT (\w+)$/, (name) => ({ kind: "savepoint", name })],
  [/^ROLLBACK TO (?:SAVEPOINT )?(\w+)$/, (name) => ({ kind: "rollback to", name })],
  [/^COMMIT$/, () => ({ kind: "commit" })],
  [/^ROLLBACK$/, () => ({ kind: "rollback" })],
  [/^(?:SET|RELEASE) /, () => ({ kind: "set" })],
];

// Several of them may be sent as one.
function controlsOf(text: string): Control[] | undefined {
  const controls: Control[] = [];
  for (const part of text.split("; ")) {
    const control = controlOf(part);
    if (control === undefined) return undefined;
    controls.push(control);
  }
  return controls;
}

function controlOf(text: string): Control | undefined {
  for (const [pattern, read] of CONTROLS) {
    const match = pattern.exec(text);
    if (match !== null) return read(match[1] ?? "");
  }
  return undefined;
}

function steer(target: Target, session: ServerSession, controls: readonly Control[]): Answer {
  try {
    for (const control of controls) steerOne(target, session, control);
  } catch (error) {
    if (session.transaction !== undefined) session.transaction.failed = true;
    throw error;
  }
  return DONE;
}

function steerOne(target: Target, session: ServerSession, control: Control): void {
  const { transaction } = session;
  if (control.kind === "begin") {
    session.transaction ??= target.begin();
  } else if (control.kind === "commit" || control.kind === "rollback") {
    if (transaction !== undefined) target.end(transaction, control.kind);
    session.transaction = undefined;
  } else if (control.kind === "rollback to") {
    if (transaction === undefined) throw new ServerError("25P01", "there is no transaction");
    target.rollbackTo(transaction, control.name);
  } else if (transaction?.failed === true) {
    throw new ServerError("25P02", "current transaction is aborted");
  } else if (control.kind === "savepoint") {
    if (transaction === undefined) throw new ServerError("25P01", "there is no transaction");
    target.setSavepoint(transaction, control.name);
  }
}

function readFrom(store: Store, { text }: Request): Answer {
  if (/FROM strangler\.stream_position/.test(text))
    return { rowCount: 1, rows: [positionRow(store)], command: "SELECT" };
  throw new Error(`The simulated target does not know: ${text}`);
}

function writeTo(store: Store, request: Request): Answer {
  const { text } = request;
  if (/UPDATE strangler\.stream_position/.test(text)) return advance(store, request);
  const table = findTable(text);
  if (/^DELETE FROM \S+$|^TRUNCATE /.test(text)) {
    rowsOf(store, table).clear();
    return DONE;
  }
  const { columns, rows, oldKeys, expected } = readRows(table, request);
  const touched = write(store, table, text, columns, rows, oldKeys);
  if (/SELECT 1 \/ /.test(text) && touched !== expected) throw new ServerError("22012", "division by zero");
  return { ...DONE, rowCount: touched };
}

function advance(store: Store, { text, values }: Request): Answer {
  const [, from, to, , cursor] = values as (string | null)[];
  const { position } = store;
  const comparesBefore = /applied = \$2/.test(text.slice(text.indexOf("WHERE")));
  const found = position.state === "following" && (!comparesBefore || parse(from) === position.applied);
  if (!found && /SELECT 1 \//.test(text)) throw new ServerError("22012", "division by zero");
  if (found) {
    position.applied = parse(to);
    position.cursor = cursor ?? position.cursor;
  }
  return { ...DONE, rowCount: found ? 1 : 0 };
}

function parse(lsn: string | null | undefined): bigint {
  const [high = "0", low = "0"] = (lsn ?? "0/0").split("/");
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

function write(
  store: Store,
  table: TargetTable,
  text: string,
  columns: readonly number[],
  rows: readonly (readonly (string | null)[])[],
  oldKeys: readonly (readonly (string | null)[])[] | undefined,
): number {
  const kept = rowsOf(store, table);
  let touched = 0;
  rows.forEach((given, index) => {
    const whole = spread(table, columns, given);
    const key = keyOf(table, oldKeys === undefined ? whole : spread(table, table.key, oldKeys[index] ?? []));
    const before = kept.get(key);
    if (/DELETE FROM/.test(text)) {
      if (kept.delete(key)) touched += 1;
    } else if (/INSERT INTO/.test(text)) {
      touched += 1;
      if (before === undefined || !/ON CONFLICT/.test(text)) insertRow(store, table, whole);
      else if (/DO UPDATE/.test(text)) updateRow(store, table, key, whole);
    } else if (before !== undefined) {
      touched += 1;
      updateRow(
        store,
        table,
        key,
        before.map((value, place) => (columns.includes(place) ? (whole[place] ?? null) : value)),
      );
    }
  });
  return touched;
}

function spread(table: TargetTable, columns: readonly number[], values: readonly (string | null)[]): Row {
  return table.columns.map((_, place) => {
    const at = columns.indexOf(place);
    return at < 0 ? null : (values[at] ?? null);
  });
}

type GivenRows = {
  columns: number[];
  rows: (string | null)[][];
  /** Of a statement that renames: the keys that the rows had. */
  oldKeys: (string | null)[][] | undefined;
  /** How many rows it insists on touching. */
  expected: number;
};

// Every set of rows in a statement is `SELECT v0... AS "name", v1... AS "other" FROM ROWS FROM (unnest($n...), ...)`: which parameter is
// which column stands in its text.
function readRows(table: TargetTable, { text, values }: Request): GivenRows {
  const sets = [...text.matchAll(/SELECT (v0[^()]*?) FROM ROWS FROM \((.*?)\) AS given/g)].map(
    ([, names = "", unnested = ""]) => ({
      columns: [...names.matchAll(/v\d+[^,]*? AS "(\w+)"/g)].map(([, name = ""]) => table.columns.indexOf(name)),
      arrays: [...unnested.matchAll(/\$(\d+)/g)].map(([, number]) => readArray(values[Number(number) - 1])),
    }),
  );
  const [first, second] = sets;
  if (first === undefined || first.columns.includes(-1)) throw new Error(`The simulated target does not know: ${text}`);
  const rows = turn(first.arrays);
  const counted = values.at(-1);
  return {
    columns: first.columns,
    rows,
    oldKeys: second === undefined ? undefined : turn(second.arrays),
    expected: typeof counted === "string" ? Number(counted) : rows.length,
  };
}

function turn(arrays: readonly (string | null)[][]): (string | null)[][] {
  return (arrays[0] ?? []).map((_, index) => arrays.map((array) => array[index] ?? null));
}

// array_recv's form; the elements are texts or integers.
function readArray(value: unknown): (string | null)[] {
  if (!Buffer.isBuffer(value)) throw new Error("The simulated target takes arrays in their binary form only");
  if (value.readInt32BE(0) === 0) return [];
  const isText = value.readInt32BE(8) === TEXT;
  const elements: (string | null)[] = [];
  for (let at = 20, left = value.readInt32BE(12); left > 0; left -= 1) {
    const length = value.readInt32BE(at);
    at += 4;
    if (length < 0) {
      elements.push(null);
      continue;
    }
    elements.push(isText ? value.toString("utf8", at, at + length) : String(value.readIntBE(at, length)));
    at += length;
  }
  return elements;
}

const TEXT = 25;
