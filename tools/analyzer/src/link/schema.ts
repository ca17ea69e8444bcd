import type { ForeignKey, Problem, TableFact } from "../facts.ts";
import { byPlace, sortedBy } from "../order.ts";
import { isWayBack } from "../read/syntax/way-back.ts";
import type { ColumnFact, Text } from "../source-facts.ts";
import { tableBetween } from "./accesses.ts";
import type { Model, Relation } from "./model-registry.ts";
import type { Models } from "./models.ts";
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

/**
 * Adds what models say of their tables. Where migrations declare a table they stay authoritative: models only add
 * foreign keys that the migrations leave out.
 */
export function withModelTables(
  declared: readonly TableFact[],
  symbols: Symbols,
  models: Models,
): { tables: TableFact[]; problems: Problem[] } {
  const tables = new Map(declared.map((table) => [table.name, table]));
  const migrated = new Set(tables.keys());
  for (const model of models.all) {
    for (const said of tablesOfModel(symbols, models, model)) {
      tables.set(said.name, merge(tables.get(said.name), said, migrated.has(said.name)));
    }
  }
  return { tables: sortedBy([...tables.values()], (table) => table.name), problems: nameless(models) };
}

// --- internal ---

function merge(known: TableFact | undefined, said: TableFact, migrated: boolean): TableFact {
  if (!known) return said;
  const columns = migrated && known.columns.length > 0 ? known.columns : mergeColumns(known.columns, said.columns);
  // A key without columns is only that of a table between two, as far as one of the two tells.
  const vague = known.foreignKeys.filter(
    (key) =>
      key.columns.length === 0 && said.foreignKeys.some(({ to, columns }) => to === key.to && columns.length > 0),
  );
  const kept = known.foreignKeys.filter((key) => !vague.includes(key));
  const news = said.foreignKeys.filter((key) => !kept.some((other) => isSameKey(key, other)));
  return {
    name: known.name,
    declaredAt: known.declaredAt ?? said.declaredAt,
    columns,
    foreignKeys: sortedBy(
      [...kept, ...news],
      (key) => key.file,
      (key) => key.line,
      (key) => key.to,
    ),
  };
}

// `authorId` of a model is `author_id` of the migration.
function isSameKey(a: ForeignKey, b: ForeignKey): boolean {
  if (a.to !== b.to) return false;
  const spelled = ({ columns }: ForeignKey): string => columns.join().replaceAll("_", "").toLowerCase();
  return a.columns.length === 0 || b.columns.length === 0 || spelled(a) === spelled(b);
}

function mergeColumns(known: readonly ColumnFact[], added: readonly ColumnFact[]): ColumnFact[] {
  const names = new Set(known.map((column) => column.name));
  return [...known, ...added.filter((column) => !names.has(column.name))];
}

function tablesOfModel(symbols: Symbols, models: Models, model: Model): TableFact[] {
  const name = model.table;
  if (name === null) return [];
  const { file } = model;
  const { line } = model.fact;
  const family = [...models.family(model)].reverse();
  const relations = family.flatMap((member) => member.relations);
  const foreignKeys: ForeignKey[] = [];
  for (const { file: place, fact } of relations) {
    const to = fact.columns.length > 0 ? models.find(place, fact.to)?.table : null;
    const key = to ? { file: place, line: fact.line, columns: fact.columns, to } : null;
    if (key && !foreignKeys.some((other) => isSameKey(key, other))) foreignKeys.push(key);
  }
  const own: TableFact = {
    name,
    declaredAt: { file, line },
    columns: family.reduce<ColumnFact[]>((columns, owner) => mergeColumns(columns, owner.fact.columns), []),
    foreignKeys,
  };
  return [own, ...relations.flatMap((relation) => tableBetweenTwo(symbols, models, model, relation) ?? [])];
}

function tableBetweenTwo(symbols: Symbols, models: Models, model: Model, relation: Relation): TableFact | null {
  const name = tableBetween(symbols, models, model, relation);
  const other = name === null ? null : models.find(relation.file, relation.fact.to)?.table;
  if (name === null || !other || model.table === null) return null;
  const place = { file: relation.file, line: relation.fact.line };
  const foreignKeys = [model.table, other].map((to): ForeignKey => ({ ...place, columns: [], to }));
  return { name, declaredAt: place, columns: [], foreignKeys };
}

function nameless(models: Models): Problem[] {
  const reason = "a model's table is known only at run time";
  return models.all
    .filter(({ table, fact }) => table === null && fact.table !== null)
    .map(({ file, fact }) => ({ file, line: fact.line, reason }));
}

type Change = {
  file: string;
  line: number;
  kind: "create" | "alter" | "drop" | "rename";
  table: string;
  to: string | null;
  foreignKeys: ForeignKey[];
  columns: ColumnFact[];
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
      const { line, change: kind, columns } = fact;
      return [{ file, line, kind, table, to, foreignKeys, columns }];
    }),
  );
}

function sqlChanges(statements: readonly LinkedStatement[]): Change[] {
  return statements.flatMap(({ statement: { file }, fact, readings }) =>
    isWayBack({ functionName: fact.in })
      ? []
      : readings.flatMap(({ reading, text, line: start }): Change[] => {
          const lineOf = (offset: number): number => start + linesBefore(text, offset);
          const creates = reading.creates.map(({ table, columns, foreignKeys, offset }): Change => {
            const keys = foreignKeys.map((key) => ({
              file,
              line: lineOf(key.offset),
              columns: key.columns,
              to: key.to,
            }));
            return { file, line: lineOf(offset), kind: "create", table, to: null, foreignKeys: keys, columns };
          });
          const drops = reading.drops.map(({ table, offset }): Change => {
            return { file, line: lineOf(offset), kind: "drop", table, to: null, foreignKeys: [], columns: [] };
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
    const columns = mergeColumns(known?.columns ?? [], change.columns);
    tables.set(table, { name: table, declaredAt: known?.declaredAt ?? { file, line }, columns, foreignKeys });
  }
}
