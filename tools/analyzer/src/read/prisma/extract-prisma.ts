import { sortedBy } from "../../order.ts";
import type { ColumnFact, ModelFact, ModelRef, RelationFact, SourceFacts } from "../../source-facts.ts";
import { emptyFacts } from "../empty-facts.ts";
import { argumentOf, parsePrismaSchema, type PrismaBlock, type PrismaField } from "./parse-schema.ts";

/**
 * Prisma schemas as the models of their tables. A schema may lie in several files, so all are read together: whether a
 * list of one model has a table of its own in between depends on what the other model says.
 */
export function extractPrisma(files: readonly { path: string; text: string }[]): SourceFacts[] {
  const schema: Entry[] = files.flatMap(({ path, text }) =>
    parsePrismaSchema(text).flatMap((block) => (isTable(block) ? [{ path, block }] : [])),
  );
  return files.map(({ path, text }) => {
    const own = schema.filter((entry) => entry.path === path);
    const models = own.flatMap((entry) => [modelOf(schema, entry), ...tablesBetween(schema, entry)]);
    return { ...emptyFacts(path, text.split("\n").length), models };
  });
}

// --- internal ---

type Entry = { path: string; block: PrismaBlock };

function isTable({ kind }: PrismaBlock): boolean {
  return kind === "model" || kind === "view";
}

function modelOf(schema: readonly Entry[], entry: Entry): ModelFact {
  const { block } = entry;
  return {
    mapper: "prisma",
    name: block.name,
    keys: [clientName(block.name)],
    table: [tableOf(block)],
    line: block.line,
    columns: columnsOf(schema, entry),
    relations: block.fields.flatMap((field) => relationOf(schema, entry, field) ?? []),
  };
}

// `model UserProfile` is `prisma.userProfile`.
function clientName(model: string): string {
  return model.slice(0, 1).toLowerCase() + model.slice(1);
}

function tableOf(block: PrismaBlock): string {
  const named = (attribute: string): string | undefined =>
    argumentOf(
      block.attributes.find(({ name }) => name === attribute),
      null,
      "name",
    )[0];
  const schema = named("schema");
  const table = named("map") ?? block.name;
  return schema === undefined ? table : `${schema}.${table}`;
}

function columnsOf(schema: readonly Entry[], entry: Entry): ColumnFact[] {
  const { fields, attributes } = entry.block;
  const together = argumentOf(
    attributes.find(({ name }) => name === "id"),
    null,
    "fields",
  );
  return fields
    .filter((field) => !findModel(schema, entry, field.type))
    .map((field) => ({ name: columnOf(field), primary: hasAttribute(field, "id") || together.includes(field.name) }));
}

function columnOf(field: PrismaField): string {
  return argumentOf(attributeOf(field, "map"), null, "name")[0] ?? field.name;
}

function attributeOf(field: PrismaField, name: string): PrismaField["attributes"][number] | undefined {
  return field.attributes.find((attribute) => attribute.name === name);
}

function hasAttribute(field: PrismaField, name: string): boolean {
  return attributeOf(field, name) !== undefined;
}

// The model of that name in the same file, or else in the file whose folder is nearest.
function findModel(schema: readonly Entry[], from: Entry, name: string): Entry | undefined {
  const named = schema.filter((entry) => entry.block.name === name);
  if (named.length < 2) return named[0];
  return sortedBy(
    named,
    (entry) => distance(from.path, entry.path),
    (entry) => entry.path,
  )[0];
}

/** Steps between two files: up from one to the folder that holds both, and down to the other. */
function distance(a: string, b: string): number {
  if (a === b) return -1;
  const [left, right] = [a.split("/").slice(0, -1), b.split("/").slice(0, -1)];
  const common = left.findIndex((folder, index) => folder !== right[index]);
  return left.length + right.length - 2 * (common < 0 ? left.length : common);
}

function relationOf(schema: readonly Entry[], entry: Entry, field: PrismaField): RelationFact | null {
  const other = findModel(schema, entry, field.type);
  if (!other) return null;
  const fields = keyFields(field);
  const columns = entry.block.fields.filter(({ name }) => fields.includes(name)).map(columnOf);
  const between = tableBetween(entry, field, other);
  return {
    field: field.name,
    to: refTo(entry, other),
    columns,
    through: between === null ? null : [between],
    line: field.line,
  };
}

function refTo(from: Entry, to: Entry): ModelRef {
  return from.path === to.path
    ? { kind: "name", name: to.block.name }
    : { kind: "key", key: clientName(to.block.name) };
}

function keyFields(field: PrismaField): string[] {
  return argumentOf(attributeOf(field, "relation"), "fields");
}

function relationName(field: PrismaField): string | null {
  return argumentOf(attributeOf(field, "relation"), null, "name")[0] ?? null;
}

// Lists on both sides: Prisma keeps the pairs in a table of its own, called after the relation or after both models.
function tableBetween(from: Entry, field: PrismaField, to: Entry): string | null {
  if (!field.list || keyFields(field).length > 0) return null;
  const name = relationName(field);
  const back = to.block.fields.some(
    (other) => other !== field && other.list && other.type === from.block.name && relationName(other) === name,
  );
  if (!back) return null;
  return `_${name ?? sortedNames(from, to).join("To")}`;
}

function sortedNames(a: Entry, b: Entry): string[] {
  return [a.block.name, b.block.name].sort();
}

// Declared once, by the model whose name comes first; among two of its own fields by the first.
function tablesBetween(schema: readonly Entry[], entry: Entry): ModelFact[] {
  const found = new Map<string, ModelFact>();
  for (const field of entry.block.fields) {
    const other = findModel(schema, entry, field.type);
    const table = other ? tableBetween(entry, field, other) : null;
    if (!other || table === null || found.has(table) || sortedNames(entry, other)[0] !== entry.block.name) continue;
    const side = (name: string, to: Entry): RelationFact => {
      return { field: name, to: refTo(entry, to), columns: [name], through: null, line: field.line };
    };
    const columns = ["A", "B"].map((name) => ({ name, primary: true }));
    const relations = [side("A", entry), side("B", other)];
    found.set(table, { mapper: "prisma", name: table, keys: [], table: [table], line: field.line, columns, relations });
  }
  return [...found.values()];
}
