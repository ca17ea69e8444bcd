import { SHARED, type Contexts } from "../contexts/contexts.ts";
import type { Facts, Statement } from "../facts.ts";
import type { TableOwnership } from "./ownership.ts";
import type { Tear } from "./seams.ts";
import type { TransactionFinding } from "./transactions.ts";

/** Data that two contexts share: queries, joins, keys, transactions and triggers across the border. */
export function dataSeams(
  facts: Facts,
  contexts: Contexts,
  tables: readonly TableOwnership[],
  transactions: readonly TransactionFinding[],
): Tear[] {
  const owner = new Map(tables.map((table) => [table.name, table.context]));
  return [
    ...facts.statements.flatMap((statement) => querySeams(statement, contexts, owner)),
    ...foreignKeySeams(facts, owner),
    ...transactions.flatMap((transaction) => transactionSeams(transaction, owner)),
    ...triggerSeams(facts, owner),
  ];
}

// --- internal ---

type Owner = ReadonlyMap<string, string>;

function querySeams({ file, line, tables }: Statement, contexts: Contexts, owner: Owner): Tear[] {
  const from = contexts.files[file] ?? SHARED;
  const known = tables.flatMap((use) => (use.table === null ? [] : [{ ...use, table: use.table }]));
  const accesses = known.map(({ table, mode, line: at }): Tear => ({
    file,
    line: at,
    kind: "access",
    from,
    to: owner.get(table) ?? SHARED,
    what: table,
    target: mode,
    weight: 1,
  }));
  const joined = known.map(({ table }) => table);
  return [...accesses, ...joinSeams(file, line, joined, owner)];
}

// The first table of a query is the one it is about; the others are joined to it.
function joinSeams(file: string, line: number, tables: readonly string[], owner: Owner): Tear[] {
  const [main, ...others] = new Set(tables);
  if (main === undefined) return [];
  const from = owner.get(main) ?? SHARED;
  return others.map((other): Tear => {
    const what = `${main} + ${other}`;
    return { file, line, kind: "join", from, to: owner.get(other) ?? SHARED, what, target: null, weight: 1 };
  });
}

function foreignKeySeams(facts: Facts, owner: Owner): Tear[] {
  return facts.tables.flatMap(({ name, foreignKeys }) =>
    foreignKeys.map(({ file, line, columns, to }): Tear => {
      const what = `${name}(${columns.join(", ")}) -> ${to}`;
      const [from, target] = [owner.get(name) ?? SHARED, owner.get(to) ?? SHARED];
      return { file, line, kind: "foreign-key", from, to: target, what, target: null, weight: 1 };
    }),
  );
}

function transactionSeams({ file, line, context, tables, writes }: TransactionFinding, owner: Owner): Tear[] {
  const [first] = writes;
  const from = writes.includes(context) ? context : first;
  if (from === undefined) return [];
  return writes
    .filter((to) => to !== from)
    .map((to): Tear => {
      const written = tables.filter(
        ({ mode, table }) => mode === "write" && [from, to].includes(owner.get(table) ?? ""),
      );
      const names = [...new Set(written.map(({ table }) => table))];
      const what = names.join(", ");
      return { file, line, kind: "transaction", from, to, what, target: null, weight: names.length };
    });
}

function triggerSeams(facts: Facts, owner: Owner): Tear[] {
  return facts.triggers.flatMap(({ file, line, name, on, tables }) =>
    tables.map(({ table, mode }): Tear => {
      const [from, to] = [owner.get(on) ?? SHARED, owner.get(table) ?? SHARED];
      return { file, line, kind: "trigger", from, to, what: `${name}: ${on} -> ${table}`, target: mode, weight: 1 };
    }),
  );
}
