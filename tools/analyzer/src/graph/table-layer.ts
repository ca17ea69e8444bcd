import type { Facts } from "../facts.ts";
import type { GraphBuilder } from "./graph.ts";
import { WEIGHTS } from "./weights.ts";

/** Tables with the files that use them, the keys between them, and what is written together in one transaction. */
export function addTables(builder: GraphBuilder, facts: Facts, members: ReadonlySet<string>): void {
  for (const [table, users] of usersOfTables(facts, members)) {
    for (const [file, weight] of users) {
      builder.tie(
        `file:${file}`,
        `table:${table}`,
        "table",
        (WEIGHTS.table * Math.log1p(weight)) / Math.sqrt(users.size),
      );
    }
  }
  for (const { name, foreignKeys } of facts.tables) {
    const targets = new Set(foreignKeys.map((key) => key.to));
    for (const to of targets) builder.tie(`table:${name}`, `table:${to}`, "foreign-key", WEIGHTS.foreignKey);
  }
  addTransactions(builder, facts, members);
}

// --- internal ---

function usersOfTables(facts: Facts, members: ReadonlySet<string>): Map<string, Map<string, number>> {
  const users = new Map<string, Map<string, number>>();
  for (const { file, tables } of facts.statements) {
    for (const { table, mode } of tables) {
      if (table === null || !members.has(file)) continue;
      const files = users.get(table) ?? new Map<string, number>();
      files.set(file, (files.get(file) ?? 0) + (mode === "write" ? WEIGHTS.tableWrite : WEIGHTS.tableRead));
      users.set(table, files);
    }
  }
  return users;
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
