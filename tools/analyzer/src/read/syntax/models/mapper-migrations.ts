import type { ColumnFact, SchemaFact, Text } from "../../../source-facts.ts";
import type { Chain, Step } from "../chain.ts";
import { ts } from "../compiler.ts";
import { unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { isWayBack } from "../way-back.ts";
import { own } from "../../../own.ts";
import { readText, readTextOrHole } from "../text.ts";
import { assignments, isTrue, option, plainText, textOption } from "./options.ts";

/**
 * Migrations of Sequelize (`queryInterface.createTable("posts", { author: { references: { model } } })`) and TypeORM
 * (`queryRunner.createTable(new Table({ name, columns, foreignKeys }))`). True where the chain is one of these.
 */
export function recordMapperMigration(recorder: Recorder, chain: Chain, scope: Scope): boolean {
  const step = chain.steps.find(({ name }) => Object.hasOwn(CHANGES, name));
  const read = step && own(CHANGES, step.name);
  if (!step || !read || !isMigrator(chain, step)) return false;
  if (isWayBack(scope)) return true;
  const place: Place = { recorder, scope };
  const change = read(place, step.args);
  if (change) {
    const { table = [], ...rest } = change;
    recorder.facts.schema.push({ ...UNCHANGED, ...rest, table, line: recorder.lineOf(step.args[0] ?? step.node) });
  }
  return true;
}

// --- internal ---

type Place = { recorder: Recorder; scope: Scope };
type Change = Partial<SchemaFact> & Pick<SchemaFact, "table" | "change">;
type ForeignKey = SchemaFact["foreignKeys"][number];

const UNCHANGED = { renamedTo: null, foreignKeys: [], columns: [] };

const MIGRATOR = /(?:^|\.)(?:queryInterface|query|qi|queryRunner|runner)$/i;

function isMigrator(chain: Chain, { args: [first] }: Step): boolean {
  const inner = first && unwrap(first);
  const isTable = inner !== undefined && ts.isNewExpression(inner);
  return isTable || MIGRATOR.test(chain.head ?? "");
}

const CHANGES: Readonly<Record<string, (place: Place, args: readonly ts.Expression[]) => Change | null>> = {
  createTable: (place, [first, columns]) => {
    const table = definition(first);
    if (table) return typeOrmTable(place, table);
    return first ? { table: nameOf(place, first), change: "create", ...sequelizeColumns(place, columns) } : null;
  },
  addColumn: (place, [table, first, options]) => {
    if (!table || !first) return null;
    const typed = definition(first);
    if (typed) return { table: nameOf(place, table), change: "alter", columns: typeOrmColumns(place, [typed]) };
    const name = plainText(readText(place.recorder.source, first, place.scope));
    if (name === null) return null;
    const columns = [{ name, primary: isTrue(option(options, "primaryKey")) }];
    return { table: nameOf(place, table), change: "alter", columns, foreignKeys: references(place, name, options) };
  },
  addColumns: (place, [table, list]) => {
    if (!table) return null;
    return { table: nameOf(place, table), change: "alter", columns: typeOrmColumns(place, definitions(list)) };
  },
  addConstraint: (place, [table, options, older]) => {
    const given = options && ts.isArrayLiteralExpression(unwrap(options)) ? older : options;
    const key = option(given, "references");
    const to = key && textOption(place.recorder, key, ["table", "model"], place.scope);
    if (!table || !key || !to) return null;
    const columns = texts(place, option(given, "fields") ?? options);
    const line = place.recorder.lineOf(key);
    return { table: nameOf(place, table), change: "alter", foreignKeys: [{ columns, to, line }] };
  },
  createForeignKey: (place, [table, key]) => {
    const foreignKeys = typeOrmKeys(place, definitions(key));
    return table ? { table: nameOf(place, table), change: "alter", foreignKeys } : null;
  },
  createForeignKeys: (place, [table, keys]) => {
    const foreignKeys = typeOrmKeys(place, definitions(keys));
    return table ? { table: nameOf(place, table), change: "alter", foreignKeys } : null;
  },
  dropTable: (place, [table]) => (table ? { table: nameOf(place, table), change: "drop" } : null),
  renameTable: (place, [table, to]) =>
    table && to ? { table: nameOf(place, table), change: "rename", renamedTo: nameOf(place, to) } : null,
};

function nameOf({ recorder, scope }: Place, node: ts.Expression): Text {
  return textOption(recorder, node, ["tableName", "name"], scope) ?? readTextOrHole(recorder.source, node, scope);
}

function sequelizeColumns(place: Place, node: ts.Expression | undefined): Pick<SchemaFact, "columns" | "foreignKeys"> {
  const fields = assignments(node);
  return {
    columns: fields.map(({ name, value }): ColumnFact => ({ name, primary: isTrue(option(value, "primaryKey")) })),
    foreignKeys: fields.flatMap(({ name, value }) => references(place, name, value)),
  };
}

// `references: { model: "users", key: "id" }`, `references: "users"`, `references: { model: { tableName: "users" } }`
function references(place: Place, column: string, options: ts.Expression | undefined): ForeignKey[] {
  const key = option(options, "references");
  if (!key) return [];
  const { recorder, scope } = place;
  const model = option(key, "model");
  const to =
    readText(recorder.source, model ?? key, scope) ?? (model && textOption(recorder, model, ["tableName"], scope));
  return to ? [{ columns: [column], to, line: recorder.lineOf(key) }] : [];
}

// `new Table({ ... })`: the object in the middle
function definition(node: ts.Expression | undefined): ts.Expression | null {
  const inner = node && unwrap(node);
  return inner && ts.isNewExpression(inner) ? (inner.arguments?.[0] ?? null) : null;
}

function definitions(node: ts.Expression | undefined | null): ts.Expression[] {
  const inner = node && unwrap(node);
  if (!inner) return [];
  const list = ts.isArrayLiteralExpression(inner) ? [...inner.elements] : [inner];
  return list.map((item) => definition(item) ?? item);
}

function typeOrmTable(place: Place, table: ts.Expression): Change | null {
  const name = textOption(place.recorder, table, ["name"], place.scope);
  if (!name) return null;
  return {
    table: name,
    change: "create",
    columns: typeOrmColumns(place, definitions(option(table, "columns"))),
    foreignKeys: typeOrmKeys(place, definitions(option(table, "foreignKeys"))),
  };
}

function typeOrmColumns({ recorder, scope }: Place, columns: readonly ts.Expression[]): ColumnFact[] {
  return columns.flatMap((column) => {
    const name = plainText(textOption(recorder, column, ["name"], scope));
    return name === null ? [] : [{ name, primary: isTrue(option(column, "isPrimary")) }];
  });
}

function typeOrmKeys(place: Place, keys: readonly ts.Expression[]): ForeignKey[] {
  const { recorder, scope } = place;
  return keys.flatMap((key) => {
    const to = textOption(recorder, key, ["referencedTableName"], scope);
    const columns = texts(place, option(key, "columnNames") ?? undefined);
    return to ? [{ columns, to, line: recorder.lineOf(key) }] : [];
  });
}

function texts({ recorder, scope }: Place, node: ts.Expression | undefined): string[] {
  const inner = node && unwrap(node);
  if (!inner || !ts.isArrayLiteralExpression(inner)) return [];
  return inner.elements.flatMap((element) => plainText(readText(recorder.source, element, scope)) ?? []);
}
