import type { Mapper, ModelRef } from "../source-facts.ts";
import { registerModels, type Model, type ModelRegistry } from "./model-registry.ts";
import type { Symbols } from "./symbols.ts";
import { evaluate, modelOf, MOST_TRIES, type Value, type World } from "./values.ts";

export type Models = ModelRegistry & {
  value(file: string, ref: ModelRef, mapper?: Mapper | null): Value | null;
  /** The model that a reference is about, in whatever role. */
  find(file: string, ref: ModelRef, mapper?: Mapper | null): Model | null;
};

/** Registers the models and answers what references to them mean. `declared` are the tables that migrations know. */
export function createModels(symbols: Symbols, declared: ReadonlySet<string>): Models {
  const registry = registerModels(symbols, declared);
  const known = new Map<ModelRef, Value | null>();
  const ask = (file: string, ref: ModelRef, mapper: Mapper | null): Value | null => {
    const world: World = { symbols, registry, mapper, tries: MOST_TRIES };
    return evaluate(world, file, ref, 0);
  };
  for (const { path, relations } of symbols.files.values()) {
    for (const { on, relation } of relations) {
      modelOf(ask(path, on, null))?.relations.push({ file: path, fact: relation });
    }
  }
  const value = (file: string, ref: ModelRef, mapper: Mapper | null = null): Value | null => {
    const answer = known.get(ref);
    if (answer !== undefined) return answer;
    const found = ask(file, ref, mapper);
    known.set(ref, found);
    return found;
  };
  return {
    ...registry,
    value,
    find: (file, ref, mapper = null) => modelOf(value(file, ref, mapper)),
  };
}
