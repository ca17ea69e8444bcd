import type { Statement, TransactionScope } from "../facts.ts";
import { sortedBy } from "../order.ts";
import type { CallFact } from "../source-facts.ts";
import type { LinkedStatement } from "./statements.ts";
import type { Symbols } from "./symbols.ts";

/** How many calls deep a transaction is followed: enough for controller -> service -> model -> helper. */
const MOST_CALLS = 6;

/**
 * Every transaction scope with the tables touched inside it, directly and through calls. A scope in which nothing is
 * queried as far as the code shows is left out: it may be a transaction of something else.
 */
export function linkTransactions(symbols: Symbols, statements: readonly LinkedStatement[]): TransactionScope[] {
  const bodies = createBodies(symbols, statements);
  const scopes = [...symbols.files.values()].flatMap((facts) =>
    facts.transactions.flatMap((transaction, index): TransactionScope[] => {
      const inside = bodies.ofTransaction(facts.path, index);
      const tables = firstTouches(follow(symbols, bodies, inside));
      if (tables.length === 0 && inside.statements.length === 0) return [];
      return [{ file: facts.path, line: transaction.line, function: transaction.in, tables }];
    }),
  );
  return sortedBy(
    scopes,
    (x) => x.file,
    (x) => x.line,
  );
}

// --- internal ---

type Touch = TransactionScope["tables"][number];
type Body = { file: string; statements: Statement[]; calls: CallFact[] };
type Bodies = { ofTransaction(file: string, index: number): Body; ofFunction(file: string, name: string): Body };

function createBodies(symbols: Symbols, linked: readonly LinkedStatement[]): Bodies {
  const byKey = new Map<string, Body>();
  const at = (file: string, key: string): Body => {
    const body = byKey.get(`${file}\0${key}`) ?? { file, statements: [], calls: [] };
    byKey.set(`${file}\0${key}`, body);
    return body;
  };
  for (const { statement, fact } of linked) {
    if (fact.in !== null) at(statement.file, `function ${fact.in}`).statements.push(statement);
    if (fact.transaction !== null) at(statement.file, `transaction ${fact.transaction}`).statements.push(statement);
  }
  for (const { path, calls } of symbols.files.values()) {
    for (const call of calls) {
      if (call.in !== null) at(path, `function ${call.in}`).calls.push(call);
      if (call.transaction !== null) at(path, `transaction ${call.transaction}`).calls.push(call);
    }
  }
  return {
    ofTransaction: (file, index) => at(file, `transaction ${index}`),
    ofFunction: (file, name) => at(file, `function ${name}`),
  };
}

// In breadth, so that every function is reached on its shortest way, whatever else leads there.
function follow(symbols: Symbols, bodies: Bodies, root: Body): Touch[] {
  const seen = new Set<string>();
  const touches: Touch[] = [];
  let level = [{ body: root, through: [] as string[] }];
  for (let depth = 0; level.length > 0 && depth <= MOST_CALLS; depth++) {
    touches.push(...level.flatMap(({ body, through }) => touchesOf(body, through)));
    level = level.flatMap(({ body, through }) =>
      body.calls.flatMap((call) => {
        const target = symbols.findFunction(body.file, call.callee);
        const key = target && `${target.file}\0${target.name}`;
        if (!target || !key || seen.has(key)) return [];
        seen.add(key);
        return [{ body: bodies.ofFunction(target.file, target.name), through: [...through, target.name] }];
      }),
    );
  }
  return touches;
}

function touchesOf(body: Body, through: string[]): Touch[] {
  return body.statements.flatMap((statement) =>
    statement.tables.flatMap(({ table, mode, line }) =>
      table === null ? [] : [{ file: statement.file, line, table, mode, through }],
    ),
  );
}

// One line per table and mode: the place with the shortest way to it.
function firstTouches(touches: readonly Touch[]): Touch[] {
  const ordered = sortedBy(
    touches,
    (x) => x.table,
    (x) => x.mode,
    (x) => x.through.length,
    (x) => x.file,
    (x) => x.line,
  );
  const byKey = new Map<string, Touch>();
  for (const touch of ordered) {
    const key = `${touch.table}\0${touch.mode}`;
    if (!byKey.has(key)) byKey.set(key, touch);
  }
  return [...byKey.values()];
}
