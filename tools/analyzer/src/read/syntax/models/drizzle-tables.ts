import type { ColumnFact, ModelRef, RelationFact, Text } from "../../../source-facts.ts";
import { readChain, type Chain } from "../chain.ts";
import { ts } from "../compiler.ts";
import { dottedName, firstSegment, isFunctionNode, lastSegment, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import { findBinding, type Scope } from "../scope.ts";
import { readText } from "../text.ts";
import { entriesOf, objectsIn, type Entry } from "./objects.ts";
import { valueOf } from "./values.ts";

/** `export const users = pgTable('users', { ... })`, tables of a schema or of an own table function, and views. */
export function recordDrizzleTable(recorder: Recorder, name: string, call: ts.CallExpression, scope: Scope): void {
  const table = drizzleText(recorder, call, scope);
  if (!table || !isTable(call)) return;
  const [, columns, extra] = readChain(call).steps.find(({ args }) => args.length > 0)?.args ?? [];
  const entries = objectsIn(resultOf(columns), scope).flatMap((object) => entriesOf(object, scope));
  const fields = entries.flatMap((entry) => fieldOf(entry) ?? []);
  const names = new Map(fields.map(({ entry, column }) => [entry.name, column.name]));
  recorder.facts.models.push({
    mapper: "drizzle",
    name,
    keys: [name],
    table,
    line: recorder.lineOf(call),
    columns: fields.map(({ column }) => column),
    relations: [
      ...fields.flatMap((field) => referenceOf(recorder, field, scope) ?? []),
      ...compositeReferences(recorder, extra, names, scope),
    ],
  });
}

/** The text that a call stands for in the names of tables: a table, a schema, the prefix of an own table function. */
export function drizzleText(recorder: Recorder, call: ts.CallExpression, scope: Scope): Text | null {
  if (!mentionsDrizzle(recorder.source)) return null;
  const callee = dottedName(firstCall(call).expression);
  if (callee === null) return null;
  const [first, second] = firstCall(call).arguments;
  const own = lastSegment(callee);
  if (!first) return null;
  if (CREATOR.test(own)) return prefixOf(recorder, first, scope);
  const name = readText(recorder.source, first, scope);
  if (!name) return null;
  if (SCHEMA.test(own)) return name;
  if (TABLE.test(own) || VIEW.test(own)) return name;
  // `auth.table('users', ...)` of `const auth = pgSchema('auth')`, `createTable('users', ...)` of an own function
  if (!second || !isColumns(second)) return null;
  const isMember = SCHEMA_MEMBER.test(own) && callee.includes(".");
  if (!isMember && !OWN_FUNCTION.test(callee)) return null;
  const before = firstSegment(callee);
  const binding = findBinding(scope, before);
  const prefix: Text = binding?.kind === "text" ? binding.text : [{ name: before }];
  return isMember ? [...prefix, ".", ...name] : [...prefix, ...name];
}

/** `relations(users, ({ many }) => ({ posts: many(posts) }))`: relations of a table that may be declared elsewhere. */
export function recordDrizzleRelations(recorder: Recorder, chain: Chain, scope: Scope): void {
  if (chain.head !== "relations" && chain.head !== "defineRelations") return;
  const [step] = chain.steps;
  const [of, build] = step?.args ?? [];
  if (!step || !of || !build) return;
  const objects = objectsIn(resultOf(build), scope).map((object) => entriesOf(object, scope));
  if (chain.head === "relations") addRelations(recorder, valueOf(of, scope), objects.flat(), scope);
  else {
    for (const { name, value } of objects.flat()) {
      const entries = objectsIn(value ?? undefined, scope).flatMap((object) => entriesOf(object, scope));
      addRelations(recorder, { kind: "key", key: name }, entries, scope);
    }
  }
}

// --- internal ---

const TABLE = /^(?:pg|mysql|sqlite|singlestore|mssql|cockroach|gel)Table$/;
const VIEW = /^(?:pg|mysql|sqlite|singlestore|mssql|cockroach|gel)(?:Materialized)?View$/;
const SCHEMA = /^(?:pg|mysql|singlestore|mssql|cockroach|gel)(?:Schema|Database)$/;
const CREATOR = /^(?:pg|mysql|sqlite|singlestore|mssql|cockroach|gel)TableCreator$/;
const SCHEMA_MEMBER = /^(?:table|view|materializedView)$/;
const OWN_FUNCTION = /^[a-z]\w*Table$/;

// Asked for every variable of a file, so the answer is kept.
const mentioning = new WeakMap<ts.SourceFile, boolean>();

function mentionsDrizzle(source: ts.SourceFile): boolean {
  const known = mentioning.get(source);
  if (known !== undefined) return known;
  const found = /drizzle|\b(?:pg|mysql|sqlite)Table\b/.test(source.text);
  mentioning.set(source, found);
  return found;
}

function isTable(call: ts.CallExpression): boolean {
  const own = lastSegment(dottedName(firstCall(call).expression) ?? "");
  return !SCHEMA.test(own) && !CREATOR.test(own);
}

// `pgTable('users', { ... }).enableRLS()`, `pgView('recent').as(...)`
function firstCall(call: ts.CallExpression): ts.CallExpression {
  return readChain(call).steps[0]?.node ?? call;
}

function isColumns(node: ts.Expression): boolean {
  const inner = unwrap(node);
  return ts.isObjectLiteralExpression(inner) || isFunctionNode(inner);
}

// `pgTableCreator((name) => `shop_${name}`)`: what stands before the name
function prefixOf(recorder: Recorder, node: ts.Expression, scope: Scope): Text | null {
  const body = resultOf(node);
  const text = body && readText(recorder.source, body, scope);
  return text?.filter((part) => typeof part === "string") ?? null;
}

function resultOf(node: ts.Expression | undefined): ts.Expression | undefined {
  const inner = node && unwrap(node);
  if (!inner || !isFunctionNode(inner)) return inner;
  if (!ts.isBlock(inner.body)) return inner.body;
  const last = inner.body.statements.find(ts.isReturnStatement);
  return last?.expression;
}

type Field = { entry: Entry; chain: Chain; column: ColumnFact };

// `authorId: integer('author_id').references(() => users.id)`
function fieldOf(entry: Entry): Field | null {
  const value = entry.value && unwrap(entry.value);
  if (!value || !ts.isCallExpression(value)) return null;
  const chain = readChain(value);
  const named = chain.steps[0]?.args[0];
  const inner = named && unwrap(named);
  const name = inner && ts.isStringLiteralLike(inner) ? inner.text : entry.name;
  return { entry, chain, column: { name, primary: chain.steps.some((step) => step.name === "primaryKey") } };
}

function referenceOf(recorder: Recorder, { entry, chain, column }: Field, scope: Scope): RelationFact | null {
  const reference = chain.steps.find(({ name }) => name === "references");
  const to = reference && ownerOfColumn(resultOf(reference.args[0]), scope);
  if (!reference || !to) return null;
  const line = recorder.lineOf(reference.args[0] ?? reference.node);
  return { field: entry.name, to, columns: [column.name], through: null, line };
}

// The table of `users.id`.
function ownerOfColumn(node: ts.Expression | undefined, scope: Scope): ModelRef | null {
  const inner = node && unwrap(node);
  return inner && ts.isPropertyAccessExpression(inner) ? valueOf(inner.expression, scope) : null;
}

// `(table) => [foreignKey({ columns: [table.userId], foreignColumns: [users.id] })]`
function compositeReferences(
  recorder: Recorder,
  extra: ts.Expression | undefined,
  names: ReadonlyMap<string, string>,
  scope: Scope,
): RelationFact[] {
  const found: RelationFact[] = [];
  const visit = (node: ts.Node): void => {
    const call = ts.isCallExpression(node) && lastSegment(dottedName(node.expression) ?? "") === "foreignKey";
    if (!call) return ts.forEachChild(node, visit);
    const entries = objectsIn(node.arguments[0], scope).flatMap((object) => entriesOf(object, scope));
    const columns = columnNames(entries, "columns").map((name) => names.get(name) ?? name);
    const to = ownerOfColumn(elements(entries, "foreignColumns")[0], scope);
    if (to) found.push({ field: columns.join("_"), to, columns, through: null, line: recorder.lineOf(node) });
  };
  if (extra) visit(extra);
  return found;
}

function elements(entries: readonly Entry[], name: string): ts.Expression[] {
  const value = entries.find((entry) => entry.name === name)?.value;
  const inner = value && unwrap(value);
  return inner && ts.isArrayLiteralExpression(inner) ? [...inner.elements] : [];
}

function columnNames(entries: readonly Entry[], name: string): string[] {
  return elements(entries, name).flatMap((node) => {
    const inner = unwrap(node);
    return ts.isPropertyAccessExpression(inner) ? [inner.name.text] : [];
  });
}

function addRelations(recorder: Recorder, on: ModelRef | null, entries: readonly Entry[], scope: Scope): void {
  if (!on) return;
  for (const entry of entries) {
    const relation = relationOf(recorder, entry, scope);
    if (relation) recorder.facts.relations.push({ on, relation });
  }
}

// `author: one(users, { fields: [posts.authorId], references: [users.id] })`, `posts: r.many.posts({ from: ... })`
function relationOf(recorder: Recorder, entry: Entry, scope: Scope): RelationFact | null {
  const value = entry.value && unwrap(entry.value);
  const callee = value && ts.isCallExpression(value) ? dottedName(value.expression) : null;
  if (!value || !ts.isCallExpression(value) || callee === null) return null;
  const member = /(?:^|\.)(?:one|many)(?:\.(\w+))?$/.exec(callee);
  const [first] = value.arguments;
  const to: ModelRef | null = member?.[1] ? { kind: "key", key: member[1] } : first ? valueOf(first, scope) : null;
  if (!member || !to) return null;
  return { field: entry.name, to, columns: [], through: null, line: recorder.lineOf(entry.node) };
}
