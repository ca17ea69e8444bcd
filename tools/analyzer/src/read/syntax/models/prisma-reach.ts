import type { AccessMode } from "../../../source-facts.ts";
import { ts } from "../compiler.ts";
import { unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import type { Related } from "./access.ts";
import { entriesOf, mayBeObject, objectsIn, type Entry } from "./objects.ts";

/**
 * What a query of Prisma reaches besides its own table: relations in `include` and `select`, in filters and orders,
 * and in nested writes. A member may as well be a plain column; only the schema tells, so both are recorded here and
 * columns are dropped when linking.
 */
export function reachedBy(
  recorder: Recorder,
  args: ts.Expression | undefined,
  scope: Scope,
  path: readonly string[] = [],
): Related[] {
  const reach: Reach = { recorder, scope, found: [] };
  for (const entry of entries(reach, args)) PARTS.get(entry.name)?.(reach, entry, path);
  return reach.found;
}

// --- internal ---

type Reach = { recorder: Recorder; scope: Scope; found: Related[] };
type Visit = (reach: Reach, entry: Entry, path: readonly string[]) => void;

const MOST_LEVELS = 8;

const PARTS: ReadonlyMap<string, Visit> = new Map<string, Visit>([
  ["include", (reach, entry, path) => selection(reach, entry, path)],
  ["select", (reach, entry, path) => selection(reach, entry, path)],
  ["where", (reach, entry, path) => filter(reach, entry, path)],
  ["orderBy", (reach, entry, path) => filter(reach, entry, path)],
  ["data", (reach, entry, path) => nestedWrites(reach, entry, path)],
  ["create", (reach, entry, path) => nestedWrites(reach, entry, path)],
  ["update", (reach, entry, path) => nestedWrites(reach, entry, path)],
]);

function entries({ scope }: Reach, value: ts.Expression | null | undefined): Entry[] {
  return objectsIn(value ?? undefined, scope).flatMap((object) => entriesOf(object, scope));
}

function note(reach: Reach, path: readonly string[], mode: AccessMode, at: ts.Node): void {
  reach.found.push({ path: [...path], model: null, mode, line: reach.recorder.lineOf(at) });
}

// `include: { posts: { where: ..., select: { author: true } }, _count: { select: { likes: true } } }`
function selection(reach: Reach, { value }: Entry, path: readonly string[]): void {
  if (path.length > MOST_LEVELS) return;
  for (const entry of entries(reach, value)) {
    if (isFalse(entry)) continue;
    const to = entry.name === "_count" ? path : [...path, entry.name];
    if (to !== path) note(reach, to, "read", entry.node);
    for (const part of entries(reach, entry.value)) PARTS.get(part.name)?.(reach, part, to);
  }
}

function isFalse({ value }: Entry): boolean {
  return value !== null && unwrap(value).kind === ts.SyntaxKind.FalseKeyword;
}

const SAME_LEVEL = new Set(["AND", "OR", "NOT", "is", "isNot", "some", "every", "none"]);

// What a filter or an order says of a plain column.
const OF_COLUMNS = new Set(
  "equals in notIn lt lte gt gte contains startsWith endsWith mode not has hasEvery hasSome isEmpty isSet search sort nulls".split(
    " ",
  ),
);

// `where: { author: { is: { ... } }, posts: { some: { ... } }, OR: [...] }`, `orderBy: { author: { name: "asc" } }`
function filter(reach: Reach, { value }: Entry, path: readonly string[]): void {
  if (path.length > MOST_LEVELS) return;
  for (const entry of entries(reach, value)) {
    if (OF_COLUMNS.has(entry.name) || !mayBeObject(entry)) continue;
    const to = SAME_LEVEL.has(entry.name) ? path : [...path, entry.name];
    if (to !== path) note(reach, to, "read", entry.node);
    filter(reach, entry, to);
  }
}

/** What a nested write does to the rows of the other table; ties only change the side that holds the foreign key. */
const NESTED: ReadonlyMap<string, "rows" | "tie"> = new Map([
  ...["create", "createMany", "connectOrCreate", "update", "updateMany", "upsert", "delete", "deleteMany"].map(
    (name) => [name, "rows"] as const,
  ),
  ...["connect", "disconnect", "set"].map((name) => [name, "tie"] as const),
]);

// `data: { title, author: { connect: { id } }, tags: { create: [{ ... }], deleteMany: {} } }`
function nestedWrites(reach: Reach, { value }: Entry, path: readonly string[]): void {
  if (path.length > MOST_LEVELS) return;
  for (const entry of entries(reach, value)) {
    if (!mayBeObject(entry)) continue;
    const to = [...path, entry.name];
    const operations = entries(reach, entry.value).filter(({ name }) => NESTED.has(name));
    if (operations.length === 0) reach.found.push(tie(reach, to, entry.node));
    for (const operation of operations) nestedWrite(reach, operation, to);
  }
}

function nestedWrite(reach: Reach, operation: Entry, path: readonly string[]): void {
  if (NESTED.get(operation.name) === "tie") reach.found.push(tie(reach, path, operation.node));
  else note(reach, path, "write", operation.node);
  // `create: { ... }` holds the row itself, `upsert: { create, update }` and `update: { data }` one level deeper.
  const parts = entries(reach, operation.value);
  const deeper = parts.filter(({ name }) => name === "data" || name === "create" || name === "update");
  if (deeper.length === 0) nestedWrites(reach, operation, path);
  for (const part of deeper) nestedWrites(reach, part, path);
}

function tie(reach: Reach, path: readonly string[], at: ts.Node): Related {
  return { path: [...path], model: null, mode: "write", ties: true, line: reach.recorder.lineOf(at) };
}
