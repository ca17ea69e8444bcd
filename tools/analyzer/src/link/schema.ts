import type { ForeignKey, Problem, TableFact } from "../facts.ts";
import { byPlace, sortedBy } from "../order.ts";
import type { Text } from "../source-facts.ts";
import { linesBefore, type LinkedStatement } from "./statements.ts";
import type { Symbols } from "./symbols.ts";
import { fillConstants, tableOf } from "./text-values.ts";

/** The tables that migrations and SQL files declare, after all of them have run in the order of their names. */
export function linkSchema(
  symbols: Symbols,
  statements: readonly LinkedStatement[],
): { tables: TableFact[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const changes = [...builderChanges(symbols, problems), ...sqlChanges(statements)].sort(byPlace);
  const tables = new Map<string, TableFact>();
  for (const change of changes) apply(tables, change);
  const declared = [...tables.values()].map((table) => ({
    ...table,
    foreignKeys: sortedBy(
      table.foreignKeys,
      (key) => key.file,
      (key) => key.line,
      (key) => key.to,
    ),
  }));
  return { tables: sortedBy(declared, (table) => table.name), problems };
}

/** Tables that queries name but nothing declares are tables all the same. */
export function withUsedTables(declared: readonly TableFact[], used: Iterable<string>): TableFact[] {
  const names = new Set(declared.map((table) => table.name));
  const others = [...new Set(used)].filter((name) => !names.has(name));
  const added = others.map((name): TableFact => ({ name, declaredAt: null, columns: [], foreignKeys: [] }));
  return sortedBy([...declared, ...added], (table) => table.name);
}

// --- internal ---

type Change = {
  file: string;
  line: number;
  kind: "create" | "alter" | "drop" | "rename";
  table: string;
  to: string | null;
  foreignKeys: ForeignKey[];
};

function builderChanges(symbols: Symbols, problems: Problem[]): Change[] {
  return [...symbols.files.values()].flatMap(({ path: file, schema }) =>
    schema.flatMap((fact): Change[] => {
      const name = (text: Text): string | null => tableOf(fillConstants(symbols, file, text));
      const table = name(fact.table);
      if (table === null) {
        problems.push({ file, line: fact.line, reason: "a table is declared whose name is known only at run time" });
        return [];
      }
      const foreignKeys = fact.foreignKeys.flatMap((key): ForeignKey[] => {
        const to = name(key.to);
        return to === null ? [] : [{ file, line: key.line, columns: key.columns, to }];
      });
      const to = fact.renamedTo && name(fact.renamedTo);
      return [{ file, line: fact.line, kind: fact.change, table, to, foreignKeys }];
    }),
  );
}

function sqlChanges(statements: readonly LinkedStatement[]): Change[] {
  return statements.flatMap(({ statement: { file }, fact, readings }) =>
    fact.in === "down"
      ? []
      : readings.flatMap(({ reading, text, line: start }): Change[] => {
          const lineOf = (offset: number): number => start + linesBefore(text, offset);
          const creates = reading.creates.map(({ table, foreignKeys, offset }): Change => {
            const keys = foreignKeys.map(({ columns, to, offset: at }) => ({ file, line: lineOf(at), columns, to }));
            return { file, line: lineOf(offset), kind: "create", table, to: null, foreignKeys: keys };
          });
          const drops = reading.drops.map(({ table, offset }): Change => {
            return { file, line: lineOf(offset), kind: "drop", table, to: null, foreignKeys: [] };
          });
          return [...creates, ...drops];
        }),
  );
}

function apply(tables: Map<string, TableFact>, change: Change): void {
  const { table, to, file, line } = change;
  const known = tables.get(table);
  if (change.kind === "drop") tables.delete(table);
  else if (change.kind === "rename" && to !== null) {
    tables.delete(table);
    tables.set(to, {
      name: to,
      declaredAt: known?.declaredAt ?? { file, line },
      columns: known?.columns ?? [],
      foreignKeys: known?.foreignKeys ?? [],
    });
    for (const other of tables.values()) for (const key of other.foreignKeys) if (key.to === table) key.to = to;
  } else {
    const foreignKeys = [...(known?.foreignKeys ?? []), ...change.foreignKeys];
    const columns = known?.columns ?? [];
    tables.set(table, { name: table, declaredAt: known?.declaredAt ?? { file, line }, columns, foreignKeys });
  }
}
