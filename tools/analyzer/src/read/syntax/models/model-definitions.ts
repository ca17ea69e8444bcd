import type { ModelFact } from "../../../source-facts.ts";
import type { Chain, Step } from "../chain.ts";
import { ts } from "../compiler.ts";
import { commonJsName, exportedValue, isAssignment } from "../exports.ts";
import { dottedName, lastSegment, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { isBookshelfDefinition } from "./bookshelf-models.ts";
import { readModelDefinition, readMikroOrmSchema } from "./mikroorm.ts";
import { readMongooseModel, readMongooseSchema } from "./mongoose.ts";
import { plainText, textOption } from "./options.ts";
import { readSequelizeDefinition, recordAssociation } from "./sequelize.ts";
import { readTypeOrmSchema } from "./typeorm.ts";
import { text } from "./related.ts";
import { setLocalValue } from "./values.ts";
import { own } from "../../../own.ts";

/**
 * Models that a call makes: `sequelize.define("user", ...)`, `User.init(...)`, `mongoose.model("User", schema)`,
 * `model.define("user", ...)`; and associations between them.
 */
export function recordModelDefinition(recorder: Recorder, chain: Chain, scope: Scope): void {
  for (const step of chain.steps) {
    // `const userSchema = mongoose.Schema({ ... })` is as good as `new`.
    const schema = step.name === "Schema" ? recorder.resultNames.get(step.node) : undefined;
    const shape = schema === undefined ? null : readMongooseSchema(recorder, schema, step.node, scope);
    if (shape) recorder.facts.models.push(shape);
    const read = own(DEFINITIONS, step.name);
    if (!read || step.args.length < 2) continue;
    const model = read(recorder, chain, step, scope);
    if (model) recorder.facts.models.push(model);
  }
  recordAssociation(recorder, chain, scope);
}

/** `new EntitySchema({ ... })` of TypeORM and MikroORM, `new Schema({ ... })` of Mongoose. */
export function recordModelSchema(recorder: Recorder, node: ts.NewExpression, scope: Scope): void {
  const name = recorder.resultNames.get(node);
  const called = lastSegment(dottedName(node.expression) ?? "");
  const [definition] = node.arguments ?? [];
  if (!definition || (called !== "EntitySchema" && called !== "Schema")) return;
  const line = recorder.lineOf(node);
  if (called === "Schema") {
    const schema = name === undefined ? null : readMongooseSchema(recorder, name, node, scope);
    if (schema) recorder.facts.models.push(schema);
    return;
  }
  const isMikroOrm = recorder.facts.imports.some(({ specifier }) => specifier?.startsWith("@mikro-orm/"));
  const read = isMikroOrm ? readMikroOrmSchema : readTypeOrmSchema;
  const key = plainText(textOption(recorder, definition, ["name"], scope));
  recorder.facts.models.push(read(recorder, name ?? key ?? "default", definition, line, scope));
}

/** Remembers the name that the result of a call gets, ahead of the call itself, and that it is that of a model. */
export function nameResult(recorder: Recorder, name: string, value: ts.Expression, scope: Scope): void {
  for (const node of resultsIn(value)) {
    recorder.resultNames.set(node, name);
    if (scope.parent !== null && isDefinition(node)) setLocalValue(scope, name, { kind: "name", name });
  }
}

/** `export default model(...)`, `module.exports = model(...)`, `exports.User = model(...)` */
export function nameExportedResult(recorder: Recorder, node: ts.Statement, scope: Scope): void {
  const whole = ts.isExportAssignment(node) ? node.expression : exportedValue(node);
  if (whole) return nameResult(recorder, "default", whole, scope);
  if (!ts.isExpressionStatement(node) || !isAssignment(node.expression)) return;
  const name = commonJsName(dottedName(node.expression.left));
  if (name !== null) nameResult(recorder, name, node.expression.right, scope);
}

// --- internal ---

type Read = (recorder: Recorder, chain: Chain, step: Step, scope: Scope) => ModelFact | null;

const DEFINITIONS: Readonly<Record<string, Read>> = {
  define: (recorder, chain, step, scope) => {
    const [key, attributes, options] = step.args;
    if (!key || !attributes) return null;
    if (lastSegment(chain.head ?? "") === "model") {
      return readModelDefinition(recorder, nameOf(recorder, step, "default"), step.node, scope);
    }
    const named = text(key);
    if (named === null || !isShape(attributes)) return null;
    const line = recorder.lineOf(step.node);
    const name = nameOf(recorder, step, named);
    return readSequelizeDefinition(recorder, { name, key: named, attributes, options, line }, scope);
  },
  init: (recorder, chain, step, scope) => {
    const [attributes, options] = step.args;
    if (!attributes || !options || chain.head === null || !isShape(options)) return null;
    if (!isInitOptions(options)) return null;
    const name = chain.head === "this" || chain.head === "super" ? scope.className : chain.head;
    if (name === null || name.includes(".")) return null;
    const line = recorder.lineOf(step.node);
    return readSequelizeDefinition(recorder, { name, key: name, attributes, options, line }, scope);
  },
  model: (recorder, chain, step, scope) => (isBookshelf(chain, step) ? null : mongooseModel(recorder, step, scope)),
  discriminator: () => null,
  "": (recorder, chain, step, scope) => (chain.head === "model" ? mongooseModel(recorder, step, scope) : null),
};

function mongooseModel(recorder: Recorder, step: Step, scope: Scope): ModelFact | null {
  const key = step.args[0] ? text(step.args[0]) : null;
  return readMongooseModel(recorder, nameOf(recorder, step, key ?? "default"), step.node, scope);
}

// `bookshelf.model("User", { tableName: "users" })`
function isBookshelf({ head }: Chain, { args: [, definition] }: Step): boolean {
  return /bookshelf/i.test(head ?? "") || (definition !== undefined && isBookshelfDefinition(definition));
}

function nameOf(recorder: Recorder, step: Step, otherwise: string): string {
  return recorder.resultNames.get(step.node) ?? otherwise;
}

function isShape(node: ts.Expression): boolean {
  const inner = unwrap(node);
  return ts.isObjectLiteralExpression(inner) || ts.isIdentifier(inner);
}

// `new X().init(a, b)` is everybody's; Sequelize's options name the connection, the table or the model.
function isInitOptions(node: ts.Expression): boolean {
  const inner = unwrap(node);
  if (!ts.isObjectLiteralExpression(inner)) return false;
  return inner.properties.some(
    ({ name }) => name && ts.isIdentifier(name) && /^(?:sequelize|tableName|modelName)$/.test(name.text),
  );
}

// `mongoose.models.User || mongoose.model("User", schema)`
function resultsIn(node: ts.Expression): ts.Expression[] {
  const inner = unwrap(node);
  if (ts.isCallExpression(inner) || ts.isNewExpression(inner)) return [inner];
  if (ts.isBinaryExpression(inner)) return [...resultsIn(inner.left), ...resultsIn(inner.right)];
  return ts.isConditionalExpression(inner) ? [...resultsIn(inner.whenTrue), ...resultsIn(inner.whenFalse)] : [];
}

function isDefinition(node: ts.Expression): boolean {
  if (!ts.isCallExpression(node) || node.arguments.length < 2) return false;
  const callee = unwrap(node.expression);
  const name = ts.isPropertyAccessExpression(callee) ? callee.name.text : ts.isIdentifier(callee) ? callee.text : "";
  return name === "define" || name === "model";
}
