import type { ColumnFact, ModelFact, RelationFact } from "../../../source-facts.ts";
import type { ts } from "../compiler.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { readText } from "../text.ts";
import type { DecoratedClass, DecoratedField, Decorator } from "./decorated-models.ts";
import { assignments, isTrue, option, plainText, targetModel, textOption } from "./options.ts";

/**
 * `@Entity("orders") class Order { @ManyToOne(() => Customer) customer }`. A class that has columns but is no entity
 * itself is the base of others. Decorators of a project's own that end in `Entity` or `Column` are taken for these.
 */
export function readTypeOrmEntity(recorder: Recorder, node: DecoratedClass, scope: Scope): ModelFact | null {
  const entity = node.decorators.find(({ name }) => /Entity$/.test(name));
  const columns = node.fields.flatMap((field) => columnOf(recorder, field, scope));
  const relations = node.fields.flatMap((field) => relationOf(recorder, node, field, scope) ?? []);
  if (!entity && columns.length + relations.length === 0) return null;
  // What a project's own decorator is told may be anything.
  const [first, second] = entity && OWN_DECORATORS.has(entity.name) ? entity.args : [];
  const named = textOption(recorder, first, ["name"], scope) ?? textOption(recorder, second, ["name"], scope);
  const isHeir = entity?.name === "ChildEntity";
  const table = isHeir || !first ? named : (readText(recorder.source, first, scope) ?? named);
  return {
    mapper: "typeorm",
    name: node.name,
    keys: [],
    table,
    line: node.line,
    columns: [...columns, ...relations.flatMap(({ columns: held }) => held.map((name) => ({ name, primary: false })))],
    relations,
    ...(entity ? {} : { tableless: "base" as const }),
    ...(isHeir ? { tableless: "heir" as const } : {}),
  };
}

/** `new EntitySchema({ name: "User", columns, relations: { posts: { type: "one-to-many", target: "Post" } } })` */
export function readTypeOrmSchema(
  recorder: Recorder,
  name: string,
  definition: ts.Expression,
  line: number,
  scope: Scope,
): ModelFact {
  const key = plainText(textOption(recorder, definition, ["name"], scope));
  const target = targetModel(option(definition, "target"), scope);
  const columns = assignments(option(definition, "columns")).map(({ name: field, value }): ColumnFact => {
    const written = plainText(textOption(recorder, value, ["name"], scope));
    return { name: written ?? field, primary: isTrue(option(value, "primary")) };
  });
  const relations = assignments(option(definition, "relations")).flatMap(({ name: field, value }): RelationFact[] => {
    const to = targetModel(option(value, "target"), scope);
    const kind = plainText(textOption(recorder, value, ["type"], scope)) ?? "";
    const joins = option(value, "joinColumn");
    const owns = kind === "many-to-one" || (kind === "one-to-one" && joins !== null);
    const column = (joins && plainText(textOption(recorder, joins, ["name"], scope))) ?? `${field}Id`;
    const between = option(value, "joinTable");
    const through = between ? (textOption(recorder, between, ["name"], scope) ?? []) : null;
    return to ? [{ field, to, columns: owns ? [column] : [], through, line: recorder.lineOf(value) }] : [];
  });
  const table = textOption(recorder, definition, ["tableName"], scope);
  const keys = [key, target?.kind === "name" ? target.name : null].filter((one) => one !== null);
  const model: ModelFact = { mapper: "typeorm", name, keys, table, line, columns, relations };
  return target ? { ...model, rows: [target] } : model;
}

// --- internal ---

const OWN_DECORATORS = new Set(["Entity", "ChildEntity", "ViewEntity"]);

function columnOf(recorder: Recorder, { field, decorators }: DecoratedField, scope: Scope): ColumnFact[] {
  const column = decorators.find(({ name }) => /Column$/.test(name) && name !== "JoinColumn");
  if (!column) return [];
  const written = column.args.map((argument) => plainText(textOption(recorder, argument, ["name"], scope)));
  const name = written.find((text) => text !== null) ?? field;
  return [{ name, primary: /^Primary|ObjectIdColumn/.test(column.name) }];
}

const RELATIONS = new Set(["ManyToOne", "OneToMany", "OneToOne", "ManyToMany", "TreeParent", "TreeChildren"]);

function relationOf(
  recorder: Recorder,
  node: DecoratedClass,
  { field, decorators }: DecoratedField,
  scope: Scope,
): RelationFact | null {
  const relation = decorators.find(({ name }) => RELATIONS.has(name));
  if (!relation) return null;
  const own = relation.name.startsWith("Tree");
  const to = own ? ({ kind: "name", name: node.name } as const) : targetModel(relation.args[0], scope);
  if (!to) return null;
  const joins = decorators.filter(({ name }) => name === "JoinColumn");
  const owns = relation.name === "ManyToOne" || relation.name === "TreeParent" || joins.length > 0;
  const between = decorators.find(({ name }) => name === "JoinTable");
  return {
    field,
    to,
    columns: owns ? joinColumns(recorder, field, joins, scope) : [],
    through: between ? (nameOf(recorder, between, scope) ?? []) : null,
    line: recorder.lineOf(relation.node),
  };
}

// TypeORM's naming strategy: the field and the other side's key, `customerId`.
function joinColumns(recorder: Recorder, field: string, joins: readonly Decorator[], scope: Scope): string[] {
  const named = joins.flatMap((join) => plainText(nameOf(recorder, join, scope)) ?? []);
  return named.length > 0 ? named : [`${field}Id`];
}

function nameOf(recorder: Recorder, { args: [first] }: Decorator, scope: Scope): ReturnType<typeof readText> {
  if (!first) return null;
  return readText(recorder.source, first, scope) ?? textOption(recorder, first, ["name"], scope);
}
