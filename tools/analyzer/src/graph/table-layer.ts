import type { Facts } from "../facts.ts";
import type { GraphBuilder } from "./graph.ts";
import { WEIGHTS } from "./weights.ts";

/**
 * Tables with the files that use them, the keys between them, and what is written together in one transaction. A table
 * that everybody uses and a file that uses every table say little: each tie is divided by the roots of both numbers.
 */
export function addTables(builder: GraphBuilder, facts: Facts, members: ReadonlySet<string>): void {
  const uses = tableUses(facts, members);
  const users = countBy(uses.map(({ table }) => table));
  const used = countBy(uses.map(({ file }) => file));
  for (const { file, table, weight } of uses) {
    const damping = Math.sqrt((users.get(table) ?? 1) * (used.get(file) ?? 1));
    builder.tie(`file:${file}`, `table:${table}`, "table", (WEIGHTS.table * Math.log1p(weight)) / damping);
  }
  addForeignKeys(builder, facts);
  addTransactions(builder, facts, members);
}

// --- internal ---

// A table that everybody references (users, teams) belongs to none of them: divided like an import.
function addForeignKeys(builder: GraphBuilder, facts: Facts): void {
  const keys = facts.tables.flatMap(({ name, foreignKeys }) =>
    [...new Set(foreignKeys.map((key) => key.to))].filter((to) => to !== name).map((to) => ({ name, to })),
  );
  for (const { name, to } of keys) {
    const references = keys.filter((key) => key.to === to).length;
    builder.tie(`table:${name}`, `table:${to}`, "foreign-key", WEIGHTS.foreignKey / Math.sqrt(references));
  }
}

type TableUse = { file: string; table: string; weight: number };

function tableUses(facts: Facts, members: ReadonlySet<string>): TableUse[] {
  const uses = new Map<string, TableUse>();
  for (const { file, tables } of facts.statements) {
    for (const { table, mode } of tables) {
      if (table === null || !members.has(file)) continue;
      const key = `${file}\0${table}`;
      const before = uses.get(key)?.weight ?? 0;
      uses.set(key, { file, table, weight: before + (mode === "write" ? WEIGHTS.tableWrite : WEIGHTS.tableRead) });
    }
  }
  return [...uses.values()];
}

function countBy(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

// One transaction over many tables is the knot to cut, not the proof that they belong together: its weight is shared out.
function addTransactions(builder: GraphBuilder, facts: Facts, members: ReadonlySet<string>): void {
  for (const { file, tables } of facts.transactions) {
    const written = [...new Set(tables.filter(({ mode }) => mode === "write").map(({ table }) => table))].sort();
    if (!members.has(file) || written.length < 2) continue;
    const pairs = (written.length * (written.length - 1)) / 2;
    written.forEach((a, index) => {
      for (const b of written.slice(index + 1)) {
        builder.tie(`table:${a}`, `table:${b}`, "transaction", WEIGHTS.transaction / Math.sqrt(pairs));
      }
    });
  }
}
