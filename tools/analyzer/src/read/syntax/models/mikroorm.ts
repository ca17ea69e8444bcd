import type { ColumnFact, ModelFact, ModelRef, RelationFact } from "../../../source-facts.ts";
import { readChain } from "../chain.ts";
import { ts } from "../compiler.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { readText } from "../text.ts";
import type { DecoratedClass, DecoratedField } from "./decorated-models.ts";
import { assignments, isTrue, option, plainText, targetModel, textOption } from "./options.ts";
import { typeRef } from "./type-refs.ts";
import { valueOf } from "./values.ts";
import { own } from "../../../own.ts";

/** `@Entity({ tableName: "orders" }) class Order { @ManyToOne() customer: Customer }` */
export function readMikroOrmEntity(recorder: Recorder, node: DecoratedClass, scope: Scope): ModelFact | null {
  const entity = node.decorators.find(({ name }) => name === "Entity");
  const columns = node.fields.flatMap((field) => columnOf(recorder, field, scope));
  const relations = node.fields.flatMap((field) => relationOf(recorder, field, scope) ?? []);
  if (!entity && columns.length + relations.length === 0) return null;
  const options = entity?.args[0];
  const isBase = !entity || isTrue(option(options, "abstract"));
  const isHeir = option(options, "discriminatorValue") !== null;
  return {
    mapper: "mikroorm",
    name: node.name,
    keys: [],
    table: textOption(recorder, options, ["tableName", "collection"], scope),
    line: node.line,
    columns: withHeld(columns, relations),
    relations,
    ...(isBase ? { tableless: "base" as const } : isHeir ? { tableless: "heir" as const } : {}),
  };
}

/** `new EntitySchema({ class: User, properties: { posts: { kind: "1:m", entity: () => Post } } })` */
export function readMikroOrmSchema(
  recorder: Recorder,
  name: string,
  definition: ts.Expression,
  line: number,
  scope: Scope,
): ModelFact {
  const properties = assignments(option(definition, "properties"));
  const relations = properties.flatMap(({ name: field, value }): RelationFact[] => {
    const to = targetModel(option(value, "entity"), scope);
    const kind = plainText(textOption(recorder, value, ["kind", "reference"], scope)) ?? "";
    const owns = option(value, "mappedBy") === null && /^(?:m:1|1:1)$/.test(kind);
    return to ? [relation(recorder, { field, to, owns, options: value, many: kind === "m:n" }, value, scope)] : [];
  });
  const fields = new Set(relations.map(({ field }) => field));
  const columns = properties
    .filter((property) => !fields.has(property.name))
    .map(({ name: field, value }): ColumnFact => {
      const written = plainText(textOption(recorder, value, ["fieldName"], scope));
      return { name: written ?? underscore(field), primary: isTrue(option(value, "primary")) };
    });
  const target = targetModel(option(definition, "class"), scope);
  const key = plainText(textOption(recorder, definition, ["name"], scope));
  const keys = [key, target?.kind === "name" ? target.name : null].filter((one) => one !== null);
  const table = textOption(recorder, definition, ["tableName", "collection"], scope);
  const model: ModelFact = {
    mapper: "mikroorm",
    name,
    keys,
    table,
    line,
    columns: withHeld(columns, relations),
    relations,
  };
  return target ? { ...model, rows: [target] } : model;
}

/** `model.define("order", { id: model.id().primaryKey(), customer: model.belongsTo(() => Customer) })` */
export function readModelDefinition(
  recorder: Recorder,
  name: string,
  call: ts.CallExpression,
  scope: Scope,
): ModelFact | null {
  const [named, shape] = call.arguments;
  if (!named || !shape) return null;
  const key = readText(recorder.source, named, scope) ?? textOption(recorder, named, ["name"], scope);
  const table = textOption(recorder, named, ["tableName"], scope);
  const columns: ColumnFact[] = [];
  const relations: RelationFact[] = [];
  for (const { name: field, value } of assignments(shape)) {
    const found = definedRelation(recorder, field, value, scope);
    if (found) relations.push(found);
    else columns.push({ name: field, primary: isPrimary(value) });
  }
  const plain = plainText(key);
  return {
    mapper: "mikroorm",
    name,
    keys: plain === null ? [] : [plain],
    table: table ?? (plain === null ? key : [underscore(plain)]),
    line: recorder.lineOf(call),
    columns: withHeld(columns, relations),
    relations,
  };
}

// --- internal ---

function underscore(name: string): string {
  return name.replaceAll(/([^_])([A-Z])/g, "$1_$2").toLowerCase();
}

function withHeld(columns: ColumnFact[], relations: readonly RelationFact[]): ColumnFact[] {
  return [...columns, ...relations.flatMap(({ columns: held }) => held.map((name) => ({ name, primary: false })))];
}

function columnOf(recorder: Recorder, { field, decorators }: DecoratedField, scope: Scope): ColumnFact[] {
  const column = decorators.find(({ name }) => /^(?:Property|PrimaryKey|SerializedPrimaryKey|Enum)$/.test(name));
  if (!column) return [];
  const written = plainText(textOption(recorder, column.args[0], ["fieldName", "name"], scope));
  return [{ name: written ?? underscore(field), primary: column.name === "PrimaryKey" }];
}

const RELATIONS = new Set(["ManyToOne", "OneToMany", "OneToOne", "ManyToMany"]);

function relationOf(
  recorder: Recorder,
  { field, decorators, node }: DecoratedField,
  scope: Scope,
): RelationFact | null {
  const decorator = decorators.find(({ name }) => RELATIONS.has(name));
  if (!decorator) return null;
  const objects = decorator.args.filter((argument) => ts.isObjectLiteralExpression(argument));
  const options = objects[0];
  const [first] = decorator.args;
  const written =
    first && first !== options ? targetModel(first, scope) : targetModel(option(options, "entity"), scope);
  const to = written ?? typeRef(node.type) ?? (node.initializer ? valueOf(node.initializer, scope) : null);
  if (!to) return null;
  const inverse = option(options, "mappedBy") ?? decorator.args[1];
  const isInverse = inverse !== undefined && inverse !== null && !ts.isObjectLiteralExpression(inverse);
  const owns = decorator.name === "ManyToOne" || (decorator.name === "OneToOne" && !isInverse);
  const saysOwner = isTrue(option(options, "owner")) || option(options, "pivotTable") !== null;
  const many = decorator.name === "ManyToMany" && (!isInverse || saysOwner);
  return relation(recorder, { field, to, owns, options, many }, decorator.node, scope);
}

type Written = { field: string; to: ModelRef; owns: boolean; many: boolean; options: ts.Expression | undefined };

function relation(recorder: Recorder, written: Written, node: ts.Node, scope: Scope): RelationFact {
  const { field, to, owns, many, options } = written;
  const column = plainText(textOption(recorder, options, ["fieldName", "joinColumn", "name"], scope));
  const entity = targetModel(option(options, "pivotEntity"), scope);
  const through = many ? (entity ?? textOption(recorder, options, ["pivotTable"], scope) ?? []) : null;
  return {
    field,
    to,
    columns: owns ? [column ?? `${underscore(field)}_id`] : [],
    through,
    line: recorder.lineOf(node),
  };
}

const DEFINED: Readonly<Record<string, { owns: boolean; many: boolean }>> = {
  belongsTo: { owns: true, many: false },
  hasOne: { owns: false, many: false },
  hasMany: { owns: false, many: false },
  manyToMany: { owns: false, many: true },
};

function definedRelation(recorder: Recorder, field: string, value: ts.Expression, scope: Scope): RelationFact | null {
  if (!ts.isCallExpression(value)) return null;
  for (const step of readChain(value).steps) {
    const kind = own(DEFINED, step.name);
    const to = kind && targetModel(step.args[0], scope);
    if (!kind || !to) continue;
    const many = kind.many && option(step.args[1], "mappedBy") === null;
    return relation(recorder, { field, to, owns: kind.owns, many, options: step.args[1] }, value, scope);
  }
  return null;
}

function isPrimary(value: ts.Expression): boolean {
  return ts.isCallExpression(value) && readChain(value).steps.some(({ name }) => name === "primaryKey");
}
