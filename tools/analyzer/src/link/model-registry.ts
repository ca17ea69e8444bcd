import { sortedBy } from "../order.ts";
import type { Mapper, ModelFact, RelationFact, Text } from "../source-facts.ts";
import type { Origin, Symbols } from "./symbols.ts";
import { derivedTable, pluralOf, sameNoun, snakeCase } from "../table-names.ts";
import { fillConstants, tableOf } from "./text-values.ts";

/** A relation with the file that declares it: names in it are that file's. */
export type Relation = { file: string; fact: RelationFact };

/** A model with the file that declares it and its table; null where the table is known only at run time or missing. */
export type Model = { file: string; fact: ModelFact; table: string | null; relations: Relation[] };

/** Every model of the project, and the ways to ask for one. */
export type ModelRegistry = {
  all: readonly Model[];
  at(origin: Origin): Model | null;
  /** The model that a mapper hands out under `key`: of several, the one nearest to the file that asks. */
  byKey(file: string, key: string, mapper: Mapper | null): Model | null;
  /** The model itself and the ones it gets columns and relations from: what it extends, the schema it is made of. */
  family(model: Model): readonly Model[];
  /** The only model that is made of this schema; the model itself where it is no base of others. */
  heir(model: Model): Model | null;
  /** The relation of that name, its own or inherited. */
  relation(model: Model, field: string): Relation | null;
};

/** Finds every model and names its table; `declared` are the tables that migrations know. */
export function registerModels(symbols: Symbols, declared: ReadonlySet<string>): ModelRegistry {
  const all = [...symbols.files.values()].flatMap(({ path, models }) =>
    models.map((fact): Model => {
      return { file: path, fact, table: null, relations: fact.relations.map((one) => ({ file: path, fact: one })) };
    }),
  );
  const byPlace = new Map(all.map((model) => [`${model.file}\0${model.fact.name}`, model]));
  const at = (origin: Origin): Model | null => byPlace.get(`${origin.file}\0${origin.name}`) ?? null;
  for (const model of all) {
    for (const { file, name } of rowTypes(symbols, model)) {
      if (!byPlace.has(`${file}\0${name}`)) byPlace.set(`${file}\0${name}`, model);
    }
  }
  const families = new Map(all.map((model) => [model, findFamily(symbols, model, at)]));
  const family = (model: Model): readonly Model[] => families.get(model) ?? [model];
  const spellings = new Map([...declared].map((table) => [looseName(table), table]));
  for (const model of all) model.table = tableOfModel(symbols, model, family(model), spellings);
  for (const model of all) if (model.fact.tableless === "heir") model.table = tableOfBase(family(model));

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
    family,
    heir: (model) => (model.fact.tableless === "base" ? onlyHeir(families, model) : model),
    relation: (model, field) => findRelation(family(model), field),
  };
}

// --- internal ---

const MOST_BASES = 10;

function isOf(mapper: Mapper | null): (model: Model) => boolean {
  return ({ fact }) => mapper === null || fact.mapper === mapper;
}

function onlyHeir(families: ReadonlyMap<Model, readonly Model[]>, base: Model): Model | null {
  const heirs = [...families].filter(([model, family]) => model.fact.shape && model !== base && family.includes(base));
  return heirs.length === 1 ? (heirs[0]?.[0] ?? null) : null;
}

function rowTypes(symbols: Symbols, { file, fact }: Model): Origin[] {
  return (fact.rows ?? []).flatMap((ref) => {
    const name = ref.kind === "name" ? ref.name : ref.kind === "type" ? ref.type : null;
    const origin = name === null ? null : symbols.originOf(file, name);
    return origin && origin.name !== "*" ? [origin] : [];
  });
}

function findFamily(symbols: Symbols, model: Model, at: ModelRegistry["at"]): Model[] {
  const family = [model];
  for (const member of family) {
    if (family.length > MOST_BASES) break;
    for (const base of [findBase(symbols, member, at), findShape(symbols, member, at)]) {
      if (base && !family.includes(base)) family.push(base);
    }
  }
  return family;
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

function findShape(symbols: Symbols, { file, fact }: Model, at: ModelRegistry["at"]): Model | null {
  const origin = fact.shape?.kind === "name" ? symbols.originOf(file, fact.shape.name) : null;
  if (origin?.name !== "*") return origin && at(origin);
  const whole = symbols.originOfExport(origin.file, "default");
  return whole && at(whole);
}

/** Mappers that know a model by the name it is registered with, whatever the variable is called. */
const NAMED_BY_KEY = new Set<Mapper>(["mikroorm", "mongoose", "sequelize", "typeorm"]);

function tableOfModel(
  symbols: Symbols,
  { file, fact }: Model,
  family: readonly Model[],
  spellings: ReadonlyMap<string, string>,
): string | null {
  if (fact.tableless) return null;
  const written = fact.table ? { file, table: fact.table } : schemaTable(family);
  if (written) return tableOf(fillConstants(symbols, written.file, written.table));
  const name = (NAMED_BY_KEY.has(fact.mapper) ? fact.keys[0] : undefined) ?? fact.name;
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

// A schema of Mongoose may name the collection.
function schemaTable([model, ...others]: readonly Model[]): { file: string; table: Text } | null {
  if (!model?.fact.shape) return null;
  for (const { file, fact } of others) if (fact.tableless === "base" && fact.table) return { file, table: fact.table };
  return null;
}

function looseName(table: string): string {
  return table.replaceAll(/[_-]/g, "").toLowerCase();
}

function tableOfBase(family: readonly Model[]): string | null {
  return family.find(({ table }) => table !== null)?.table ?? null;
}

function indexKeys(all: readonly Model[]): Map<string, Model[]> {
  const keyed = new Map<string, Model[]>();
  for (const model of all) {
    // Documents and foreign keys may name the table instead of the model.
    const table = model.table !== null && model.fact.tableless !== "heir" ? [model.table] : [];
    for (const key of new Set([model.fact.name, ...model.fact.keys, ...table])) {
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

function findRelation(family: readonly Model[], field: string): Relation | null {
  for (const { relations } of family) {
    const found =
      relations.find(({ fact }) => fact.field === field) ?? relations.find(({ fact }) => sameNoun(fact.field, field));
    if (found) return found;
  }
  return null;
}
