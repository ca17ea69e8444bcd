import type { ColumnFact, ModelFact, ModelRef, RelationFact } from "../../../source-facts.ts";
import { ts } from "../compiler.ts";
import { dottedName, lastSegment, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { readText } from "../text.ts";
import type { DecoratedClass, DecoratedField } from "./decorated-models.ts";
import { assignments, option, plainText, targetModel, textOption } from "./options.ts";
import { typeRef } from "./type-refs.ts";
import { valueOf } from "./values.ts";

/** NestJS: `@Schema({ collection: "cats" }) class Cat { @Prop({ type: ObjectId, ref: "Owner" }) owner }` */
export function readNestSchema(recorder: Recorder, node: DecoratedClass, scope: Scope): ModelFact | null {
  const schema = node.decorators.find(({ name }) => name === "Schema");
  if (!schema) return null;
  const properties = node.fields.filter(({ decorators }) => decorators.some(({ name }) => name === "Prop"));
  return {
    mapper: "mongoose",
    name: node.name,
    keys: [],
    table: textOption(recorder, schema.args[0], ["collection"], scope),
    line: node.line,
    columns: properties.map(({ field }) => ({ name: field, primary: false })),
    relations: properties.flatMap((property) => propertyRelation(recorder, property, scope)),
  };
}

/** `mongoose.model("Order", orderSchema, "orders")`; the schema may stand in another file. */
export function readMongooseModel(
  recorder: Recorder,
  name: string,
  call: ts.CallExpression,
  scope: Scope,
): ModelFact | null {
  const [named, schema, collection] = call.arguments;
  const text = named && (readText(recorder.source, named, scope) ?? className(named));
  if (!named || !schema || !text) return null;
  const key = plainText(text);
  const inner = unwrap(schema);
  const written = ts.isNewExpression(inner) ? schemaOf(recorder, inner, scope) : null;
  const shape = written ? null : valueOf(schema, scope);
  // `model<UserDocument>("User", schema)`
  const rows = (call.typeArguments ?? []).slice(0, 1).flatMap((type) => typeRef(type) ?? []);
  const table = collection ? readText(recorder.source, collection, scope) : null;
  return {
    mapper: "mongoose",
    name,
    keys: key === null ? [] : [key],
    table: table ?? written?.table ?? null,
    line: recorder.lineOf(call),
    columns: written?.columns ?? [],
    relations: written?.relations ?? [],
    ...(shape ? { shape } : {}),
    ...(rows.length > 0 ? { rows } : {}),
  };
}

/** `const orderSchema = new Schema({ customer: { type: ObjectId, ref: "Customer" } }, { collection: "orders" })` */
export function readMongooseSchema(
  recorder: Recorder,
  name: string,
  node: ts.NewExpression | ts.CallExpression,
  scope: Scope,
): ModelFact | null {
  const called = dottedName(node.expression);
  if (called === null || lastSegment(called) !== "Schema" || !node.arguments?.length) return null;
  const { table, columns, relations } = schemaOf(recorder, node, scope);
  const line = recorder.lineOf(node);
  return { mapper: "mongoose", name, keys: [], table, line, columns, relations, tableless: "base" };
}

// --- internal ---

// `MongooseModule.forFeature([{ name: Cat.name }])`, `model(Cat.name, CatSchema)`
function className(node: ts.Expression): readonly string[] | null {
  const name = dottedName(node);
  return name?.endsWith(".name") === true ? [name.slice(0, -".name".length)] : null;
}

function schemaOf(
  recorder: Recorder,
  node: ts.NewExpression | ts.CallExpression,
  scope: Scope,
): Pick<ModelFact, "table" | "columns" | "relations"> {
  const [fields, options] = node.arguments ?? [];
  const columns = assignments(fields).map(({ name }): ColumnFact => ({ name, primary: name === "_id" }));
  const relations = assignments(fields).flatMap(({ name, value }) => referencesIn(recorder, name, value, scope, 0));
  return { table: textOption(recorder, options, ["collection"], scope), columns, relations };
}

const MOST_LEVELS = 6;

// A reference may be nested in documents and lists: `parts: [{ author: { type: ObjectId, ref: "Author" } }]`.
function referencesIn(
  recorder: Recorder,
  path: string,
  node: ts.Expression,
  scope: Scope,
  depth: number,
): RelationFact[] {
  const inner = unwrap(node);
  if (depth > MOST_LEVELS) return [];
  if (ts.isArrayLiteralExpression(inner)) {
    return inner.elements.flatMap((element) => referencesIn(recorder, path, element, scope, depth + 1));
  }
  if (ts.isNewExpression(inner)) {
    return (inner.arguments ?? [])
      .slice(0, 1)
      .flatMap((shape) => referencesIn(recorder, path, shape, scope, depth + 1));
  }
  const to = targetModel(option(inner, "ref"), scope);
  if (to) return [reference(recorder, path, to, inner)];
  return assignments(inner).flatMap(({ name, value }) => {
    const deeper = name === "type" ? path : `${path}.${name}`;
    return referencesIn(recorder, deeper, value, scope, depth + 1);
  });
}

function reference(recorder: Recorder, field: string, to: ModelRef, node: ts.Node): RelationFact {
  return { field, to, columns: [field], through: null, line: recorder.lineOf(node) };
}

function propertyRelation(recorder: Recorder, { field, decorators }: DecoratedField, scope: Scope): RelationFact[] {
  const property = decorators.find(({ name }) => name === "Prop");
  return (property?.args ?? []).flatMap((argument) => referencesIn(recorder, field, argument, scope, 0));
}
