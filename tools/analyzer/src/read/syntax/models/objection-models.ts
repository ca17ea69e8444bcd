import type { ColumnFact, ModelRef, RelationFact, Text } from "../../../source-facts.ts";
import { ts } from "../compiler.ts";
import { dottedName, isFunctionNode, lastSegment, propertyName, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { readText } from "../text.ts";
import { entriesOf, objectsIn, type Entry } from "./objects.ts";
import { valueOf } from "./values.ts";

/**
 * `class Person extends Model { static tableName = 'persons'; static relationMappings = { ... } }`: the statics may be
 * fields, accessors, methods or functions.
 */
export function recordObjectionModel(
  recorder: Recorder,
  node: ts.ClassLikeDeclaration,
  name: string,
  scope: Scope,
): void {
  if (!node.heritageClauses) return;
  const written = staticValue(node, "tableName");
  const table = written && readText(recorder.source, written, scope);
  if (!table) return;
  const members = (value: ts.Expression | null | undefined): Entry[] =>
    objectsIn(value ?? undefined, scope).flatMap((object) => entriesOf(object, scope));
  recorder.facts.models.push({
    mapper: "objection",
    name,
    // Relations may name a model by its file.
    keys: [fileName(recorder.facts.path)],
    table,
    line: recorder.lineOf(node),
    columns: columnsOf(node, members),
    relations: members(staticValue(node, "relationMappings")).flatMap(
      (entry) => relationOf(recorder, entry, members, scope) ?? [],
    ),
  });
}

// --- internal ---

type Members = (value: ts.Expression | null | undefined) => Entry[];

function staticValue(node: ts.ClassLikeDeclaration, name: string): ts.Expression | null {
  const member = node.members.find((candidate) => candidate.name && propertyName(candidate.name) === name);
  if (!member || !isStatic(member)) return null;
  if (ts.isPropertyDeclaration(member)) return resultOf(member.initializer);
  return ts.isGetAccessor(member) || ts.isMethodDeclaration(member) ? returned(member.body) : null;
}

function isStatic(node: ts.ClassElement): boolean {
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  return modifiers.some((modifier) => modifier.kind === ts.SyntaxKind.StaticKeyword);
}

function resultOf(node: ts.Expression | undefined): ts.Expression | null {
  const inner = node && unwrap(node);
  if (!inner) return null;
  if (!isFunctionNode(inner)) return inner;
  return ts.isBlock(inner.body) ? returned(inner.body) : unwrap(inner.body);
}

function returned(body: ts.Block | undefined): ts.Expression | null {
  return body?.statements.findLast(ts.isReturnStatement)?.expression ?? null;
}

// `jsonSchema` lists the columns that the model knows, `idColumn` says which is the key.
function columnsOf(node: ts.ClassLikeDeclaration, members: Members): ColumnFact[] {
  const properties = members(staticValue(node, "jsonSchema")).find(({ name }) => name === "properties");
  const id = staticValue(node, "idColumn");
  const key = id && ts.isStringLiteralLike(id) ? id.text : "id";
  return members(properties?.value).map(({ name }) => ({ name, primary: name === key }));
}

// `pets: { relation: Model.HasManyRelation, modelClass: Pet, join: { from: 'persons.id', to: 'pets.ownerId' } }`
function relationOf(recorder: Recorder, entry: Entry, members: Members, scope: Scope): RelationFact | null {
  const parts = new Map(members(entry.value).map(({ name, value }) => [name, value]));
  const kind = parts.get("relation");
  const target = parts.get("modelClass");
  const to = target ? modelClass(recorder, target, scope) : null;
  if (!kind || !to) return null;
  const join = new Map(members(parts.get("join")).map(({ name, value }) => [name, value]));
  const holdsKey = /BelongsToOne/.test(lastSegment(dottedName(kind) ?? ""));
  const through = members(join.get("through"));
  return {
    field: entry.name,
    to,
    columns: holdsKey ? columnsIn(recorder, join.get("from"), scope) : [],
    through: throughOf(recorder, through, scope),
    line: recorder.lineOf(entry.node),
  };
}

// A class, a function that gives it, a file that holds it: `Pet`, `() => Pet`, `require('./Pet')`, `${__dirname}/Pet`.
function modelClass(recorder: Recorder, node: ts.Expression, scope: Scope): ModelRef | null {
  const inner = resultOf(node);
  if (!inner) return null;
  const text = readText(recorder.source, inner, scope) ?? pathArgument(inner);
  const last = text?.at(-1);
  if (typeof last === "string" && /\w/.test(last)) return { kind: "key", key: fileName(last) };
  return valueOf(inner, scope);
}

// `path.join(__dirname, 'Pet')`, `require('./Pet')`
function pathArgument(node: ts.Expression): Text | null {
  const last = ts.isCallExpression(node) ? node.arguments.at(-1) : undefined;
  return last && ts.isStringLiteralLike(last) ? [last.text] : null;
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/(?:\.model)?(?:\.[cm]?[jt]s)?$/, "");
}

function throughOf(recorder: Recorder, through: readonly Entry[], scope: Scope): RelationFact["through"] {
  const model = through.find(({ name }) => name === "modelClass")?.value;
  if (model) return modelClass(recorder, model, scope);
  const from = through.find(({ name }) => name === "from")?.value;
  const [first] = from ? qualified(recorder, from, scope) : [];
  return first ? [first.slice(0, first.lastIndexOf("."))] : null;
}

function columnsIn(recorder: Recorder, node: ts.Expression | null | undefined, scope: Scope): string[] {
  return node ? qualified(recorder, node, scope).map(lastSegment) : [];
}

// `'persons.id'`, `['persons.a', 'persons.b']`, `${Person.tableName}.id`
function qualified(recorder: Recorder, node: ts.Expression, scope: Scope): string[] {
  const inner = unwrap(node);
  const listed = ts.isArrayLiteralExpression(inner) ? [...inner.elements] : [inner];
  return listed.flatMap((element) => {
    const text = readText(recorder.source, element, scope);
    const known = text?.map((part) => (typeof part === "string" ? part : "")).join("") ?? "";
    return known.includes(".") ? [known] : [];
  });
}
