import { sortedBy } from "../order.ts";
import type { Mapper, ModelFact, RelationFact } from "../source-facts.ts";
import type { Origin, Symbols } from "./symbols.ts";
import { derivedTable, pluralOf, sameNoun, snakeCase } from "./table-names.ts";
import { fillConstants, tableOf } from "./text-values.ts";

/** A model with the file that declares it and its table; null where the table is known only at run time or missing. */
export type Model = { file: string; fact: ModelFact; table: string | null };

/** Every model of the project, and the ways to ask for one. */
export type ModelRegistry = {
  all: readonly Model[];
  at(origin: Origin): Model | null;
  /** The model that a mapper hands out under `key`: of several, the one nearest to the file that asks. */
  byKey(file: string, key: string, mapper: Mapper | null): Model | null;
  /** The model that the class of this one extends, if that is one. */
  baseOf(model: Model): Model | null;
  /** The relation of that name, its own or inherited, with the model that declares it. */
  relation(model: Model, field: string): { owner: Model; fact: RelationFact } | null;
};

/** Finds every model and names its table; `declared` are the tables that migrations know. */
export function registerModels(symbols: Symbols, declared: ReadonlySet<string>): ModelRegistry {
  const all = [...symbols.files.values()].flatMap(({ path, models }) =>
    models.map((fact): Model => ({ file: path, fact, table: null })),
  );
  const byPlace = new Map(all.map((model) => [`${model.file}\0${model.fact.name}`, model]));
  const at = (origin: Origin): Model | null => byPlace.get(`${origin.file}\0${origin.name}`) ?? null;
  const baseOf = (model: Model): Model | null => findBase(symbols, model, at);
  const spellings = new Map([...declared].map((table) => [looseName(table), table]));
  for (const model of all) model.table = tableOfModel(symbols, model, spellings);
  for (const model of all) if (model.fact.tableless === "heir") model.table = tableOfBase(model, baseOf);

  const keyed = indexKeys(all);
  return {
    all: sortedBy(
      all,
      (model) => model.file,
      (model) => model.fact.line,
      (model) => model.fact.name,
    ),
    at,
    byKey: (file, key, mapper) => nearest(file, (keyed.get(key) ?? []).filter(isOf(mapper))),
    baseOf,
    relation: (model, field) => findRelation(model, field, baseOf),
  };
}

// --- internal ---

const MOST_BASES = 10;

function isOf(mapper: Mapper | null): (model: Model) => boolean {
  return ({ fact }) => mapper === null || fact.mapper === mapper;
}

function findBase(symbols: Symbols, model: Model, at: ModelRegistry["at"]): Model | null {
  let [file, name] = [model.file, model.fact.name];
  for (let step = 0; step < MOST_BASES; step++) {
    const base = symbols.files.get(file)?.classes.find((fact) => fact.name === name)?.base;
    const origin = base ? symbols.originOf(file, base) : null;
    if (!origin) return null;
    const found = at(origin);
    if (found) return found === model ? null : found;
    ({ file, name } = origin);
  }
  return null;
}

function tableOfModel(symbols: Symbols, { file, fact }: Model, spellings: ReadonlyMap<string, string>): string | null {
  if (fact.tableless) return null;
  if (fact.table) return tableOf(fillConstants(symbols, file, fact.table));
  const name = fact.name === "default" ? (fact.keys[0] ?? fact.name) : fact.name;
  const derived = derivedTable(fact.mapper, name);
  if (derived === null) return null;
  // The migrations know how a project's own naming strategy spells it.
  const candidates = [derived, snakeCase(derived), name, snakeCase(name), pluralOf(snakeCase(name))];
  for (const candidate of candidates) {
    const spelled = spellings.get(looseName(candidate));
    if (spelled !== undefined) return spelled;
  }
  return derived;
}

function looseName(table: string): string {
  return table.replaceAll(/[_-]/g, "").toLowerCase();
}

function tableOfBase(model: Model, baseOf: ModelRegistry["baseOf"]): string | null {
  let base = baseOf(model);
  for (let step = 0; base && step < MOST_BASES; step++) {
    if (base.table !== null) return base.table;
    base = baseOf(base);
  }
  return null;
}

function indexKeys(all: readonly Model[]): Map<string, Model[]> {
  const keyed = new Map<string, Model[]>();
  for (const model of all) {
    for (const key of new Set([model.fact.name, ...model.fact.keys])) {
      const known = keyed.get(key);
      if (known) known.push(model);
      else keyed.set(key, [model]);
    }
  }
  return keyed;
}

function nearest(file: string, models: readonly Model[]): Model | null {
  const [first, ...others] = models;
  if (!first || others.length === 0) return first ?? null;
  const shared = models.map((model) => sharedFolders(file, model.file));
  const most = Math.max(...shared);
  const best = models.filter((_, index) => shared[index] === most);
  // Several that are equally near but stand for one table are one.
  return best.every((model) => model.table === best[0]?.table) ? (best[0] ?? null) : null;
}

function sharedFolders(a: string, b: string): number {
  const [left, right] = [a.split("/").slice(0, -1), b.split("/").slice(0, -1)];
  const parting = left.findIndex((folder, index) => folder !== right[index]);
  return parting < 0 ? left.length : parting;
}

function findRelation(
  model: Model,
  field: string,
  baseOf: ModelRegistry["baseOf"],
): { owner: Model; fact: RelationFact } | null {
  let owner: Model | null = model;
  for (let step = 0; owner && step < MOST_BASES; step++) {
    const { relations } = owner.fact;
    const fact =
      relations.find((relation) => relation.field === field) ??
      relations.find(({ field: name }) => sameNoun(name, field));
    if (fact) return { owner, fact };
    owner = baseOf(owner);
  }
  return null;
}
