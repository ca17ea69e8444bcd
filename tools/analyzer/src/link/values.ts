import { own } from "../own.ts";
import {
  GUESSED_ROW,
  isHolderName,
  methodMode,
  ROW_LISTS,
  SAME_MODEL,
  STORE_TYPES,
  type Role,
} from "../read/syntax/models/mapper-words.ts";
import type { Mapper, ModelRef } from "../source-facts.ts";
import type { Model, ModelRegistry } from "./model-registry.ts";
import type { Origin, Symbols } from "./symbols.ts";

/**
 * What an expression holds, as far as it concerns tables: the model itself, a row, a repository, a half-built query;
 * or an object or class of the project, whose members may hold one.
 */
export type Value = { as: Role; model: Model } | { as: "object" | "class"; origin: Origin };

/** A value that stands for a model, in whatever role. */
export type RoleValue = Extract<Value, { model: Model }>;

export function modelOf(value: Value | null): Model | null {
  return value && "model" in value ? value.model : null;
}

/** Deeper than any code that a person can follow; recursive types end here. */
const MOST_STEPS = 24;

/** Steps one question may take: values that are defined by each other multiply them. */
export const MOST_TRIES = 500;

/** What one question may look into; `mapper` where only models of one count, `tries` for what is left of its steps. */
export type World = { symbols: Symbols; registry: ModelRegistry; mapper: Mapper | null; tries: number };

/** What a reference means in a file. `depth` counts the steps so far. */
export function evaluate(world: World, file: string, ref: ModelRef, depth: number): Value | null {
  if (depth > MOST_STEPS || world.tries-- <= 0) return null;
  const next = depth + 1;
  switch (ref.kind) {
    case "name":
      return valueOfName(world, file, ref.name, next);
    case "key":
      return asModel(world.registry.byKey(file, ref.key, world.mapper) ?? hungModel(world.registry, file, ref.key));
    case "relation":
      return otherEnd(world, file, ref, next);
    case "type":
      return valueOfType(world, file, ref, next);
    case "member":
      return memberOf(world, file, ref, next);
    case "result":
      return resultOf(world, file, ref, next);
    case "either":
      return firstModel(ref.of.map((one) => evaluate(world, file, one, next)));
  }
}

// --- internal ---

function firstModel(values: readonly (Value | null)[]): Value | null {
  return values.find((value) => modelOf(value)) ?? values.find((value) => value) ?? null;
}

function asModel(model: Model | null): Value | null {
  return model && { as: "model", model };
}

function asRow(model: Model | null): Value | null {
  return model && { as: "row", model };
}

function valueOfName(world: World, file: string, name: string, depth: number): Value | null {
  const origin = defaultOf(world.symbols, world.symbols.originOf(file, name));
  const found = origin && valueAt(world, origin, depth);
  if (found) return found;
  const dot = name.lastIndexOf(".");
  if (dot < 0) return origin ? null : asModel(filledIn(world, file, name));
  const of: ModelRef = { kind: "name", name: name.slice(0, dot) };
  return memberOf(world, file, { kind: "member", of, name: name.slice(dot + 1) }, depth);
}

/** Mappers whose models people hang on an object that is filled while the program starts. */
const HUNG_ON_OBJECTS = ["mongoose", "sequelize"] as const;

function hungModel(registry: ModelRegistry, file: string, key: string): Model | null {
  for (const mapper of HUNG_ON_OBJECTS) {
    const model = registry.byKey(file, key, mapper);
    if (model) return model;
  }
  return null;
}

// `const { User } = require("./models")`, where no line of `./models` names it.
function filledIn({ symbols, registry }: World, file: string, local: string): Model | null {
  const imports = symbols.files.get(file)?.imports ?? [];
  for (const [index, { names }] of imports.entries()) {
    const name = names.find((candidate) => candidate.local === local)?.imported;
    if (name === undefined || name === "*" || name === "default") continue;
    if (symbols.resolutions.get(file)?.[index]?.kind !== "file") return null;
    return hungModel(registry, file, name);
  }
  return null;
}

// `const User = require('./user')` is the whole module, which may be one model.
function defaultOf(symbols: Symbols, origin: Origin | null): Origin | null {
  if (origin?.name !== "*") return origin;
  return symbols.originOfExport(origin.file, "default") ?? origin;
}

function valueAt(world: World, origin: Origin, depth: number): Value | null {
  const model = world.registry.at(origin);
  if (model) return { as: "model", model };
  const facts = world.symbols.files.get(origin.file);
  const written = facts && own(facts.values, origin.name);
  if (written) return evaluate(world, origin.file, written, depth);
  return facts?.classes.some((fact) => fact.name === origin.name) ? { as: "class", origin } : null;
}

type TypeRef = Extract<ModelRef, { kind: "type" }>;

function valueOfType(world: World, file: string, { type, args }: TypeRef, depth: number): Value | null {
  // A type inside of another one has no name that other files could ask for.
  const isNested = type.includes("#");
  const origin = isNested ? { file, name: type } : defaultOf(world.symbols, world.symbols.originOf(file, type));
  const facts = origin && world.symbols.files.get(origin.file);
  if (origin && facts) {
    const model = world.registry.at(origin);
    if (model) return { as: "row", model };
    const alias = facts.values[`${origin.name}<>`];
    const meant = alias && evaluate(world, origin.file, alias, depth);
    if (meant) return meant;
    const store = storeBehind(world, origin, depth);
    if (store) return store;
    if (knowsMembers(facts, origin.name)) return { as: "object", origin };
  }
  const hung = origin ? null : filledIn(world, file, type);
  if (hung) return { as: "row", model: hung };
  const kind = own(STORE_TYPES, type.slice(type.lastIndexOf(".") + 1));
  const [first] = args;
  const model = kind && first ? modelOf(evaluate(world, file, first, depth)) : null;
  return kind && model ? { as: kind, model } : null;
}

// Interfaces have no fact of their own, but their members have.
function knowsMembers(facts: { classes: { name: string }[]; values: Record<string, ModelRef> }, name: string): boolean {
  return facts.classes.some((fact) => fact.name === name) || Object.hasOwn(facts.values, `${name}#`);
}

// `class UserRepository extends Repository<User>`, also over several classes
function storeBehind(world: World, origin: Origin, depth: number): Value | null {
  const facts = world.symbols.files.get(origin.file);
  const base = facts?.values[`${origin.name}:base`];
  const found = base ? evaluate(world, origin.file, base, depth) : null;
  return found?.as === "store" ? found : null;
}

type MemberRef = Extract<ModelRef, { kind: "member" }>;

function memberOf(world: World, file: string, { of, name }: MemberRef, depth: number): Value | null {
  if (of.kind === "name") {
    const origin = defaultOf(world.symbols, world.symbols.originOf(file, `${of.name}.${name}`));
    const direct = origin && valueAt(world, origin, depth);
    if (direct) return direct;
  }
  const holder = evaluate(world, file, of, depth);
  if (holder) return memberOfValue(world, holder, name, depth);
  const last = of.kind === "name" ? of.name.slice(of.name.lastIndexOf(".") + 1) : of.kind === "member" ? of.name : "";
  return isHolderName(last) ? asModel(world.registry.byKey(file, name, world.mapper)) : null;
}

function memberOfValue(world: World, holder: Value, name: string, depth: number): Value | null {
  if (holder.as === "object") return member(world, holder.origin, `#${name}`, depth);
  if (holder.as === "class") return member(world, holder.origin, `.${name}`, depth);
  const isRow = holder.as === "row" || (holder.as === "query" && holder.model.fact.mapper === "objection");
  if (!isRow) return null;
  const relation = world.registry.relation(holder.model, name);
  if (relation) return asRow(modelOf(evaluate(world, relation.file, relation.fact.to, depth)));
  return member(world, { file: holder.model.file, name: holder.model.fact.name }, `#${name}`, depth);
}

const MOST_BASES = 10;

// A member is looked for in the class itself, then in the ones it extends.
function member(world: World, start: Origin, suffix: string, depth: number): Value | null {
  let { file, name } = start;
  for (let step = 0; step < MOST_BASES; step++) {
    const facts = world.symbols.files.get(file);
    const written = facts?.values[name + suffix];
    if (written) return evaluate(world, file, written, depth);
    const base = facts?.classes.find((fact) => fact.name === name)?.base;
    const origin = base ? world.symbols.originOf(file, base) : null;
    if (!origin) return null;
    ({ file, name } = origin);
  }
  return null;
}

type ResultRef = Extract<ModelRef, { kind: "result" }>;

function resultOf(world: World, file: string, { of, name }: ResultRef, depth: number): Value | null {
  if (name === GUESSED_ROW && of.kind === "key") return guessedRow(world, file, of.key);
  if (name === "") return resultOfFunction(world, file, of, depth);
  const holder = evaluate(world, file, of, depth);
  if (holder) return resultOfMethod(world, holder, name, depth);
  return of.kind === "name" ? resultOfFunction(world, file, { kind: "name", name: `${of.name}.${name}` }, depth) : null;
}

// Only where rows have methods does the name of a variable tell anything: elsewhere it is as likely another object.
function guessedRow({ registry }: World, file: string, key: string): Value | null {
  return asRow(hungModel(registry, file, key));
}

function resultOfFunction(world: World, file: string, of: ModelRef, depth: number): Value | null {
  if (of.kind !== "name") return null;
  const origin = defaultOf(world.symbols, world.symbols.originOf(file, of.name));
  const written = origin && world.symbols.files.get(origin.file)?.values[`${origin.name}()`];
  return origin && written ? evaluate(world, origin.file, written, depth) : null;
}

function resultOfMethod(world: World, holder: Value, name: string, depth: number): Value | null {
  if ("model" in holder) return resultOfRole(world, holder, name, depth);
  return member(world, holder.origin, `${holder.as === "object" ? "#" : "."}${name}()`, depth);
}

function resultOfRole(world: World, holder: RoleValue, name: string, depth: number): Value | null {
  const { model, as } = holder;
  if (model.fact.mapper === "objection" && as === "model" && STARTS_QUERY.test(name)) return { as: "query", model };
  if (as === "query") return QUERY_ENDS.test(name) ? asRow(model) : holder;
  if (name === "createQueryBuilder" || name === "qb") return { as: "query", model };
  if (as !== "row" && SAME_MODEL.has(name)) return holder;
  if (as === "row" && ROW_LISTS.has(name)) return holder;
  if (GIVES_ROWS.test(name) || methodMode(model.fact.mapper, as, name) !== null) return asRow(model);
  const own = { file: model.file, name: model.fact.name };
  return member(world, own, as === "row" ? `#${name}()` : `.${name}()`, depth);
}

const QUERY_ENDS = /^(?:get(?:One|Many|OneOrFail|ManyAndCount|Result|ResultList|SingleResult)|execute)/;
const STARTS_QUERY = /^(?:query|bindKnex|bindTransaction)$/;
const GIVES_ROWS = /^(?:create|build|merge|preload|assign|findOrBuild|new|hydrate|getReference)$/;

type RelationRef = Extract<ModelRef, { kind: "relation" }>;

function otherEnd(world: World, file: string, ref: RelationRef, depth: number): Value | null {
  const known = ref.of && modelOf(evaluate(world, file, ref.of, depth));
  const candidates = known ? [known] : namedLike(world, file, ref.holder);
  for (const model of candidates) {
    const relation = world.registry.relation(model, ref.field);
    const found = relation && modelOf(evaluate(world, relation.file, relation.fact.to, depth));
    if (found) return { as: "query", model: found };
  }
  return known ? null : onlyRelation(world, ref.field, depth);
}

// `currentUser` most likely holds a CurrentUser, or else a User.
function namedLike(world: World, file: string, holder: string): Model[] {
  const words = holder.split(/(?=[A-Z])/);
  return words.flatMap((word, index) => {
    const name = word.charAt(0).toUpperCase() + word.slice(1) + words.slice(index + 1).join("");
    return world.registry.byKey(file, name, world.mapper) ?? [];
  });
}

// Nothing is known of the holder, but wherever a relation is so called it leads to the same table.
function onlyRelation(world: World, field: string, depth: number): Value | null {
  const ends = world.registry.all
    .filter(({ fact }) => world.mapper === null || fact.mapper === world.mapper)
    .flatMap(({ relations }) => relations.filter(({ fact }) => fact.field === field))
    .map(({ file, fact }) => modelOf(evaluate(world, file, fact.to, depth)));
  const [first] = ends;
  return first && ends.every((end) => end?.table === first.table) ? { as: "query", model: first } : null;
}
