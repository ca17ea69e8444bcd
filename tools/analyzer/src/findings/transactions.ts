import { SHARED, type Contexts } from "../contexts/contexts.ts";
import type { Facts, TransactionScope } from "../facts.ts";
import { byText } from "../order.ts";
import type { TableOwnership } from "./ownership.ts";

export type TransactionFinding = TransactionScope & {
  /** The context of the code that opens it. */
  context: string;
  /** The contexts whose tables it writes; two or more make it the hard part of a split. */
  writes: string[];
};

/** Transaction scopes with the contexts whose tables each one writes. */
export function findTransactions(
  facts: Facts,
  contexts: Contexts,
  tables: readonly TableOwnership[],
): TransactionFinding[] {
  const owner = new Map(tables.map((table) => [table.name, table.context]));
  return facts.transactions
    .filter((scope) => scope.tables.length > 0)
    .map((scope) => {
      const written = scope.tables
        .filter(({ mode }) => mode === "write")
        .map(({ table }) => owner.get(table) ?? SHARED);
      const writes = [...new Set(written)].filter((context) => context !== SHARED).sort(byText);
      return { ...scope, context: contexts.files[scope.file] ?? SHARED, writes };
    });
}
