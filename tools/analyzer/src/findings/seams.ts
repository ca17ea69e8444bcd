import { SHARED, type Contexts } from "../contexts/contexts.ts";
import type { Facts, Place } from "../facts.ts";
import { sortedBy } from "../order.ts";
import type { TableOwnership } from "./ownership.ts";
import type { TransactionFinding } from "./transactions.ts";

/**
 * call: code uses a value of another context; type: only a type of it. access: a query on another context's table.
 * join: one query over tables of two contexts. transaction: one transaction writes tables of two contexts.
 */
export type SeamKind = "call" | "type" | "access" | "join" | "foreign-key" | "transaction" | "trigger";

/** One concrete tie between two contexts: `from` depends on `to`. */
export type Seam = Place & {
  kind: SeamKind;
  from: string;
  to: string;
  /** What exactly: the name that is used, the tables that are joined or written. */
  what: string;
  /** For calls and types the file on the other side; for accesses whether rows are read or written. */
  target: string | null;
  /** Mentions of the name, tables in the transaction; 1 for the others. */
  weight: number;
};

/** Every seam of the proposal. Ties to shared code are none: it goes along with whoever needs it. */
export function findSeams(
  facts: Facts,
  contexts: Contexts,
  tables: readonly TableOwnership[],
  transactions: readonly TransactionFinding[],
): Seam[] {
  const owner = new Map(tables.map((table) => [table.name, table.context]));
  const seams = [
    ...importSeams(facts, contexts),
    ...querySeams(facts, contexts, owner),
    ...foreignKeySeams(facts, owner),
    ...transactionSeams(transactions, owner),
    ...triggerSeams(facts, owner),
  ].filter(({ from, to }) => from !== to && from !== SHARED && to !== SHARED);
  return sortedBy(
    unique(seams),
    (x) => x.from,
    (x) => x.to,
    (x) => x.kind,
    (x) => x.file,
    (x) => x.line,
    (x) => x.what,
  );
}

// --- internal ---

type Owner = ReadonlyMap<string, string>;

function importSeams(facts: Facts, contexts: Contexts): Seam[] {
  return facts.links
    .filter((link) => link.kind !== "reexport")
    .map((link) => ({
      file: link.file,
      line: link.line,
      kind: link.kind === "type" ? "type" : "call",
      from: contexts.files[link.file] ?? SHARED,
      to: contexts.files[link.to] ?? SHARED,
      what: link.name === "" || link.name === "*" ? "the module" : link.name,
      target: link.to,
      weight: Math.max(1, link.uses),
    }));
}

function querySeams(facts: Facts, contexts: Contexts, owner: Owner): Seam[] {
  return facts.statements.flatMap(({ file, line, tables }): Seam[] => {
    const from = contexts.files[file] ?? SHARED;
    const known = tables.flatMap((use) => (use.table === null ? [] : [{ ...use, table: use.table }]));
    const accesses = known.map(({ table, mode, line: at }): Seam => {
      return {
        file,
        line: at,
        kind: "access",
        from,
        to: owner.get(table) ?? SHARED,
        what: table,
        target: mode,
        weight: 1,
      };
    });
    return [
      ...accesses,
      ...joinSeams(
        file,
        line,
        known.map(({ table }) => table),
        owner,
      ),
    ];
  });
}

// The first table of a query is the one it is about; the others are joined to it.
function joinSeams(file: string, line: number, tables: readonly string[], owner: Owner): Seam[] {
  const [main, ...others] = new Set(tables);
  if (main === undefined) return [];
  const from = owner.get(main) ?? SHARED;
  return others.map((other) => {
    return {
      file,
      line,
      kind: "join",
      from,
      to: owner.get(other) ?? SHARED,
      what: `${main} + ${other}`,
      target: null,
      weight: 1,
    };
  });
}

function foreignKeySeams(facts: Facts, owner: Owner): Seam[] {
  return facts.tables.flatMap(({ name, foreignKeys }) =>
    foreignKeys.map(({ file, line, columns, to }): Seam => {
      const what = `${name}(${columns.join(", ")}) -> ${to}`;
      const [from, target] = [owner.get(name) ?? SHARED, owner.get(to) ?? SHARED];
      return { file, line, kind: "foreign-key", from, to: target, what, target: null, weight: 1 };
    }),
  );
}

function transactionSeams(transactions: readonly TransactionFinding[], owner: Owner): Seam[] {
  return transactions.flatMap(({ file, line, context, tables, writes }): Seam[] => {
    const [first] = writes;
    const from = writes.includes(context) ? context : first;
    if (from === undefined) return [];
    return writes
      .filter((to) => to !== from)
      .map((to): Seam => {
        const written = tables.filter(
          ({ mode, table }) => mode === "write" && [from, to].includes(owner.get(table) ?? ""),
        );
        const names = [...new Set(written.map(({ table }) => table))];
        const what = names.join(", ");
        return { file, line, kind: "transaction", from, to, what, target: null, weight: names.length };
      });
  });
}

function triggerSeams(facts: Facts, owner: Owner): Seam[] {
  return facts.triggers.flatMap(({ file, line, name, on, tables }) =>
    tables.map(({ table, mode }): Seam => {
      const [from, to] = [owner.get(on) ?? SHARED, owner.get(table) ?? SHARED];
      return { file, line, kind: "trigger", from, to, what: `${name}: ${on} -> ${table}`, target: mode, weight: 1 };
    }),
  );
}

function unique(seams: readonly Seam[]): Seam[] {
  const key = (seam: Seam): string => Object.values(seam).join("\0");
  return [...new Map(seams.map((seam) => [key(seam), seam])).values()];
}
