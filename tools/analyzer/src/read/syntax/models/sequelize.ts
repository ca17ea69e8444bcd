import type { ColumnFact, ModelFact, ModelRef, RelationFact, Text } from "../../../source-facts.ts";
import { pluralOf, snakeCase } from "../../../table-names.ts";
import type { Chain } from "../chain.ts";
import { ts } from "../compiler.ts";
import { unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { readText } from "../text.ts";
import type { DecoratedClass, DecoratedField } from "./decorated-models.ts";
import { assignments, isTrue, option, plainText, targetModel, textOption } from "./options.ts";
import { valueOf } from "./values.ts";

/** sequelize-typescript: `@Table({ tableName: "stars" }) class Star { @BelongsTo(() => User, "userId") user: User }` */
export function readSequelizeTable(recorder: Recorder, node: DecoratedClass, scope: Scope): ModelFact | null {
  const table = node.decorators.find(({ name }) => name === "Table");
  const columns = node.fields.flatMap((field) => columnOf(recorder, field, scope));
  const relations = node.fields.flatMap((field) => relationsOf(recorder, field, scope));
  if (!table && columns.length + relations.length === 0) return null;
  const key = plainText(textOption(recorder, table?.args[0], ["modelName"], scope));
  return {
    mapper: "sequelize",
    name: node.name,
    keys: key === null ? [] : [key],
    table: tableOption(recorder, table?.args[0], key ?? node.name, scope),
    line: node.line,
    columns,
    relations,
    ...(table ? {} : { tableless: "base" as const }),
  };
}

/** `User.init({ name: DataTypes.STRING }, { tableName: "users" })` and `sequelize.define("user", { ... }, { ... })` */
export function readSequelizeDefinition(
  recorder: Recorder,
  { name, key, attributes, options, line }: Definition,
  scope: Scope,
): ModelFact {
  const modelName = plainText(textOption(recorder, options, ["modelName"], scope)) ?? key ?? name;
  const fields = assignments(attributes);
  return {
    mapper: "sequelize",
    name,
    keys: [...new Set([modelName, ...(key === null ? [] : [key])])],
    table: tableOption(recorder, options, modelName, scope),
    line,
    columns: fields.map(({ name: field, value }): ColumnFact => {
      const written = plainText(textOption(recorder, value, ["field"], scope));
      return { name: written ?? field, primary: isTrue(option(value, "primaryKey")) };
    }),
    relations: fields.flatMap(({ name: field, value }) => references(recorder, field, value, scope)),
  };
}

export type Definition = {
  name: string;
  key: string | null;
  attributes: ts.Expression | undefined;
  options: ts.Expression | undefined;
  line: number;
};

/** `User.hasMany(models.Post, { as: "posts", foreignKey: "author_id" })`, wherever it stands. */
export function recordAssociation(recorder: Recorder, chain: Chain, scope: Scope): void {
  for (const step of chain.steps) {
    if (!ASSOCIATIONS.has(step.name) || step.args.length === 0 || step.args.length > 2) continue;
    const callee = unwrap(step.node.expression);
    if (!ts.isPropertyAccessExpression(callee)) continue;
    const [target, options] = step.args;
    const on = targetModel(callee.expression, scope);
    const to = target && !isText(target) ? targetModel(target, scope) : null;
    if (!on || !to) continue;
    const as = plainText(textOption(recorder, options, ["as"], scope));
    const field = as ?? nameOfTarget(to);
    const columns = step.name === "belongsTo" ? [foreignKey(recorder, options, field, scope)] : [];
    const through = step.name === "belongsToMany" ? between(recorder, option(options, "through"), scope) : null;
    const line = recorder.lineOf(callee.name);
    recorder.facts.relations.push({ on, relation: { field, to, columns, through, line } });
  }
}

// --- internal ---

const ASSOCIATIONS = new Set(["belongsTo", "hasMany", "hasOne", "belongsToMany"]);

function isText(node: ts.Expression): boolean {
  return ts.isStringLiteralLike(unwrap(node));
}

function nameOfTarget(to: ModelRef): string {
  if (to.kind === "name") return to.name.slice(to.name.lastIndexOf(".") + 1);
  return to.kind === "key" ? to.key : to.kind === "member" ? to.name : "";
}

// Sequelize: `tableName`, else the model's name as it is or in the plural, in snake case where so asked.
function tableOption(recorder: Recorder, options: ts.Expression | undefined, model: string, scope: Scope): Text | null {
  const written = textOption(recorder, options, ["tableName"], scope);
  if (written) return written;
  if (isTrue(option(options, "freezeTableName"))) return [model];
  return isTrue(option(options, "underscored")) ? [snakeCase(pluralOf(model))] : null;
}

function foreignKey(recorder: Recorder, options: ts.Expression | undefined, field: string, scope: Scope): string {
  const written = option(options, "foreignKey");
  const named =
    written && (readText(recorder.source, written, scope) ?? textOption(recorder, written, ["name"], scope));
  return plainText(named) ?? `${field.charAt(0).toLowerCase()}${field.slice(1)}Id`;
}

function between(recorder: Recorder, through: ts.Expression | null, scope: Scope): ModelRef | Text | null {
  if (!through) return null;
  const model = option(through, "model");
  if (model) return between(recorder, model, scope);
  return readTextOnly(recorder, through, scope) ?? targetModel(through, scope);
}

function readTextOnly(recorder: Recorder, node: ts.Expression, scope: Scope): Text | null {
  return isText(node) ? readText(recorder.source, node, scope) : null;
}

// { type: DataTypes.UUID, references: { model: "posts", key: "id" } }
function references(recorder: Recorder, field: string, value: ts.Expression, scope: Scope): RelationFact[] {
  const model = option(option(value, "references") ?? undefined, "model");
  const to =
    model && (isText(model) ? targetModel(model, scope) : (valueOf(model, scope) ?? targetModel(model, scope)));
  if (!model || !to) return [];
  const column = plainText(textOption(recorder, value, ["field"], scope)) ?? field;
  return [{ field, to, columns: [column], through: null, line: recorder.lineOf(model) }];
}

function columnOf(recorder: Recorder, { field, decorators }: DecoratedField, scope: Scope): ColumnFact[] {
  const column = decorators.find(({ name }) => /^(?:Column|PrimaryKey|CreatedAt|UpdatedAt|DeletedAt)$/.test(name));
  if (!column) return [];
  const written = plainText(textOption(recorder, column.args[0], ["field"], scope));
  const primary = decorators.some(({ name }) => name === "PrimaryKey") || isTrue(option(column.args[0], "primaryKey"));
  return [{ name: written ?? field, primary }];
}

function relationsOf(recorder: Recorder, { field, decorators }: DecoratedField, scope: Scope): RelationFact[] {
  return decorators.flatMap(({ name, args, node }): RelationFact[] => {
    const [target, second] = args;
    const to = ASSOCIATED.has(name) ? targetModel(target, scope) : null;
    if (!to) return [];
    const line = recorder.lineOf(node);
    const through = name === "BelongsToMany" ? between(recorder, throughArgument(second), scope) : null;
    if (name === "ForeignKey") return [{ field, to, columns: [field], through, line }];
    if (name !== "BelongsTo") return [{ field, to, columns: [], through, line }];
    const key = second && isText(second) ? plainText(readText(recorder.source, second, scope)) : null;
    return [{ field, to, columns: [key ?? foreignKey(recorder, second, field, scope)], through, line }];
  });
}

const ASSOCIATED = new Set(["ForeignKey", "BelongsTo", "HasMany", "HasOne", "BelongsToMany"]);

// `() => UserTeam`, "user_teams" or `{ through: { model: () => UserTeam } }`
function throughArgument(node: ts.Expression | undefined): ts.Expression | null {
  return node ? (option(node, "through") ?? node) : null;
}
