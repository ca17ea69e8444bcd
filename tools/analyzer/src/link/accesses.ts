import type { Statement } from "../facts.ts";
import { byPlace, sortedBy } from "../order.ts";
import { methodBehind, methodMode } from "../read/syntax/models/mapper-words.ts";
import type { AccessFact, AccessMode, ModelRef, RelationFact, Text } from "../source-facts.ts";
import type { Model, Relation } from "./model-registry.ts";
import type { Models } from "./models.ts";
import type { LinkedStatement } from "./statements.ts";
import type { Symbols } from "./symbols.ts";
import { derivedTableBetween } from "../table-names.ts";
import { fillConstants, tableOf } from "./text-values.ts";
import type { RoleValue } from "./values.ts";

/**
 * Names every table of every query through a model: the model's own, those that its relations lead to, the ones in
 * between. A call that is on no model is dropped; where surely a mapper is called, its table is unknown.
 */
export function linkAccesses(symbols: Symbols, models: Models): LinkedStatement[] {
  if (models.all.length === 0) return [];
  const linked = [...symbols.files.values()].flatMap(({ path, accesses }) =>
    accesses.flatMap((fact) => linkAccess({ symbols, models, file: path }, fact) ?? []),
  );
  return linked.sort((a, b) => byPlace(a.statement, b.statement));
}

/** The table between the two models of a relation, where there is one. */
export function tableBetween(symbols: Symbols, models: Models, owner: Model, { file, fact }: Relation): string | null {
  const { through } = fact;
  if (through === null) return null;
  if (!isText(through)) return models.find(file, through)?.table ?? null;
  if (through.length > 0) return tableOf(fillConstants(symbols, file, through));
  const target = models.find(file, fact.to);
  return derivedTableBetween(owner.fact.mapper, owner.table, fact.field, target?.table ?? null);
}

// --- internal ---

type Place = { symbols: Symbols; models: Models; file: string };
type Use = Statement["tables"][number];

function linkAccess(place: Place, fact: AccessFact): LinkedStatement | null {
  const meant = meaning(place, fact) ?? byRelatedAlone(fact);
  if (!meant) return null;
  const { model, mode, mapper } = meant;
  const isNamed = !fact.partial && (model !== null || !fact.unsure);
  const own: Use[] = !isNamed ? [] : [{ table: model?.table ?? null, mode, line: fact.line }];
  const tables = [...own, ...fact.related.flatMap((related) => relatedUses(place, model, related))].filter(
    // Only setting a relation reads nothing.
    (found) => !(fact.partial && found.mode === "read" && fact.mode === "write"),
  );
  if (tables.length === 0) return null;
  const statement: Statement = {
    file: place.file,
    line: fact.line,
    function: fact.in,
    source: mapper,
    tables: onceEach(tables),
    code: fact.code,
    confidence: "parsed",
  };
  return { statement, fact, readings: [] };
}

// A table that a query reaches along several ways is named once, where it comes first; the one the query is about
// stands before all others.
function onceEach(uses: readonly Use[]): Use[] {
  const byKey = new Map<string, Use>();
  for (const found of uses) {
    const key = `${found.mode} ${found.table ?? found.line}`;
    if (!byKey.has(key)) byKey.set(key, found);
  }
  return sortedBy([...byKey.values()], (found) => (found === uses[0] ? 0 : found.line));
}

type Meaning = { model: Model | null; mode: AccessMode; mapper: Statement["source"] };

function meaning(place: Place, fact: AccessFact): Meaning | null {
  const { models, file } = place;
  const value = models.value(file, fact.model, fact.mapper);
  if (!value || !("model" in value)) return unknownModel(models, fact);
  const { as } = value;
  const model = models.heir(value.model);
  if (!model || (fact.mapper !== null && fact.mapper !== model.fact.mapper)) return null;
  const { mapper } = model.fact;
  const mode =
    fact.call === undefined
      ? fact.mode
      : (methodMode(mapper, as, fact.call) ?? inheritedMode(place, { as, model }, fact.call));
  return mode && { model, mode, mapper };
}

// `document.saveWithContext()`: a method that a base class gives every model touches the table where it is called.
function inheritedMode({ symbols }: Place, { as, model }: RoleValue, call: string): AccessMode | null {
  const method = methodBehind(call);
  const mode = method && methodMode(model.fact.mapper, as, method);
  const name = `${model.fact.name}#${call}`;
  const origin = mode && symbols.findFunction(model.file, name);
  const isOwn = origin && origin.file === model.file && origin.name === name;
  return origin && !isOwn ? mode : null;
}

function unknownModel(models: Models, { mapper, mode, unsure }: AccessFact): Meaning | null {
  return mapper !== null && unsure === undefined && models.all.some(({ fact }) => fact.mapper === mapper)
    ? { model: null, mode, mapper }
    : null;
}

// `db.select().from(subquery).innerJoin(users, ...)`: what it starts with is no model, what it joins may be one.
function byRelatedAlone({ mapper, mode, unsure, related }: AccessFact): Meaning | null {
  return mapper !== null && unsure && related.some(({ model }) => model !== null)
    ? { model: null, mode, mapper }
    : null;
}

type Related = AccessFact["related"][number];

function relatedUses(place: Place, root: Model | null, related: Related): Use[] {
  const { path, mode, line } = related;
  const named = related.model && place.models.find(place.file, related.model);
  if (related.model && !named) return [];
  if (named && path.length === 0) return [...betweenOf(place, root, named, line), use(named, mode, line)];
  const start = named ?? root;
  return start ? walk(place, start, related) : [];
}

function use(model: Model, mode: AccessMode, line: number): Use {
  return { table: model.table, mode, line };
}

// `User.findAll({ include: [Role] })` reads what is between the two as well.
function betweenOf(place: Place, root: Model | null, target: Model, line: number): Use[] {
  const relation = root?.relations.find(
    ({ file, fact }) => fact.through !== null && place.models.find(file, fact.to) === target,
  );
  const table = root && relation ? modelledBetween(place, root, relation) : null;
  return table === null ? [] : [{ table, mode: "read", line }];
}

// A table between two that no model stands for is part of the schema, but no code ever names it.
function modelledBetween({ symbols, models }: Place, owner: Model, relation: Relation): string | null {
  const { through } = relation.fact;
  return through === null || isText(through) ? null : tableBetween(symbols, models, owner, relation);
}

function walk(place: Place, start: Model, { path, mode, line, ties }: Related): Use[] {
  const uses: Use[] = [];
  let model = start;
  for (let index = 0; index < path.length;) {
    const step = longestStep(place.models, model, path, index);
    const target = step && place.models.find(step.file, step.fact.to);
    if (!step || !target) break;
    index += step.length;
    const reached = index === path.length ? mode : "read";
    const between = modelledBetween(place, model, step);
    if (between !== null) uses.push({ table: between, mode: reached, line });
    // Who writes along a path says so of every step of it.
    if (mode === "write" && reached === "read") {
      model = target;
      continue;
    }
    if (ties && reached === "write") uses.push(...tiedUses(model, target, step.fact, line));
    else uses.push(use(target, reached, line));
    model = target;
  }
  return uses.filter(({ table }) => table !== null);
}

// Documents inside of a document are passed through: `parts.author`.
function longestStep(
  models: Models,
  model: Model,
  path: readonly string[],
  start: number,
): (Relation & { length: number }) | null {
  for (let end = path.length; end > start; end--) {
    const found = models.relation(model, path.slice(start, end).join("."));
    if (found) return { ...found, length: end - start };
  }
  return null;
}

// The foreign key is written where it is: here, there, or between the two.
function tiedUses(from: Model, to: Model, relation: RelationFact, line: number): Use[] {
  if (relation.through !== null) return [use(to, "read", line)];
  return relation.columns.length > 0 ? [use(from, "write", line), use(to, "read", line)] : [use(to, "write", line)];
}

function isText(through: ModelRef | Text): through is Text {
  return Array.isArray(through);
}
