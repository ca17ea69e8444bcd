import { own } from "../own.ts";
import type { ClassFact, Text } from "../source-facts.ts";
import { createTypeIndex, keyOf, type Names, type Origin, type TypeIndex } from "./type-index.ts";

export type Receivers = {
  findFunction: (this: void, file: string, callee: string) => Origin | null;
  /** The class, interface or value behind a type that is spelled as in `ClassFact`. */
  typeOf: (this: void, file: string, spelled: string) => Origin | null;
};

/**
 * Finds the function that a call names, spelled as in `CallFact`: through types of fields and variables, results of
 * calls, base classes, interfaces with one implementation, and containers. Null where the code does not tell.
 */
export function createReceivers(names: Names): Receivers {
  const index = createTypeIndex(names);
  return {
    findFunction: (file, callee) => findFunction(index, file, callee, 0),
    typeOf: (file, spelled) => typeOf(index, file, spelled, 0),
  };
}

// --- internal ---

/** An instance of a class, or the value itself that a name stands for. */
type Receiver = Origin & { as: "instance" | "value" };

/** Types of types of types: enough for any code, and an end for circles. */
const MOST_STEPS = 16;

function findFunction(index: TypeIndex, file: string, callee: string, depth: number): Origin | null {
  const key = `${file}\0${callee}`;
  const known = index.found.get(key);
  if (known !== undefined) return known;
  const found = searchFunction(index, file, callee, depth);
  if (found || depth === 0) index.found.set(key, found);
  return found;
}

function searchFunction(index: TypeIndex, file: string, callee: string, depth: number): Origin | null {
  if (depth > MOST_STEPS) return null;
  const cut = memberCut(callee);
  if (cut < 0) return namedFunction(index, file, callee, depth);
  const receiver = typeOf(index, file, callee.slice(0, cut), depth + 1);
  return receiver && methodOf(index, receiver, callee.slice(cut + 1), depth + 1);
}

/** Where the last member begins. A private member carries a `#` of its own. */
function memberCut(spelled: string): number {
  const cut = spelled.lastIndexOf("#");
  return cut > 0 && spelled[cut - 1] === "#" ? cut - 1 : cut;
}

// `publish`, `notes.publish`, `Note.create`
function namedFunction(index: TypeIndex, file: string, name: string, depth: number): Origin | null {
  const origin = wholeModule(index, index.originOf(file, name));
  if (!origin) return null;
  if (index.functions.get(origin.file)?.has(origin.name)) return origin;
  const held = heldFunction(index, origin, depth);
  if (held) return held;
  const dot = origin.name.lastIndexOf(".");
  if (dot < 0) return null;
  const owner: Receiver = { file: origin.file, name: origin.name.slice(0, dot), as: "value" };
  return methodOf(index, owner, origin.name.slice(dot + 1), depth + 1);
}

// `export const { find } = notes`, `const find = notes.find`, `{ find: notes.find }`
function heldFunction(index: TypeIndex, { file, name }: Origin, depth: number): Origin | null {
  const facts = index.files.get(file);
  const spelled = own(facts?.instances ?? {}, name);
  if (spelled !== undefined) return findFunction(index, file, spelled.replace(/^typeof /, ""), depth + 1);
  const [only, ...others] = own(facts?.constants ?? {}, name) ?? [];
  if (only === undefined || others.length > 0 || typeof only === "string" || !("name" in only)) return null;
  return findFunction(index, file, only.name, depth + 1);
}

function typeOf(index: TypeIndex, file: string, spelled: string, depth: number): Receiver | null {
  if (depth > MOST_STEPS) return null;
  if (spelled.endsWith("()")) return resultOf(index, file, spelled.slice(0, -2), depth + 1);
  const cut = spelled.startsWith("require:") ? -1 : memberCut(spelled);
  if (cut >= 0) {
    const owner = typeOf(index, file, spelled.slice(0, cut), depth + 1);
    return owner && fieldOf(index, owner, spelled.slice(cut + 1), depth + 1);
  }
  const colon = spelled.indexOf(":");
  if (colon >= 0) return specialType(index, file, spelled.slice(0, colon), spelled.slice(colon + 1), depth + 1);
  if (spelled.startsWith("typeof "))
    return valueOf(index, index.originOf(file, spelled.slice("typeof ".length)), depth);
  return instanceOf(index, index.originOf(file, spelled));
}

function specialType(index: TypeIndex, file: string, kind: string, rest: string, depth: number): Receiver | null {
  if (kind === "token") return provided(index, file, [rest], depth);
  if (kind === "given") {
    const colon = rest.lastIndexOf(":");
    const factory = { file, name: rest.slice(0, colon) };
    return index.isFactory(factory) ? provided(index, file, [rest.slice(colon + 1)], depth) : null;
  }
  if (kind === "type") {
    const colon = rest.lastIndexOf(":");
    const from = index.moduleOf(file, rest.slice(0, colon));
    return from === null ? null : instanceOf(index, index.originOfExport(from, rest.slice(colon + 1)));
  }
  const module = kind === "host" ? index.hostOf(file, rest) : index.moduleOf(file, rest);
  return module === null ? null : { file: module, name: "*", as: "value" };
}

function instanceOf(index: TypeIndex, origin: Origin | null): Receiver | null {
  const type = wholeModule(index, origin);
  return type && { ...type, as: "instance" };
}

// A CommonJS module that is one function or class goes by the name that its file is required under.
function wholeModule(index: TypeIndex, origin: Origin | null): Origin | null {
  return origin?.name === "*" ? (index.originOfExport(origin.file, "default") ?? origin) : origin;
}

// A constant that holds an instance stands for that instance.
function valueOf(index: TypeIndex, origin: Origin | null, depth: number): Receiver | null {
  if (!origin) return null;
  const type = own(index.files.get(origin.file)?.instances ?? {}, origin.name);
  return type === undefined ? memberValue(index, origin, depth) : typeOf(index, origin.file, type, depth + 1);
}

// `services.notes` of `const services = createServices()`
function memberValue(index: TypeIndex, origin: Origin, depth: number): Receiver {
  const dot = origin.name.lastIndexOf(".");
  const owner = dot < 0 ? null : valueOf(index, { file: origin.file, name: origin.name.slice(0, dot) }, depth + 1);
  const field = owner?.as === "instance" ? fieldOf(index, owner, origin.name.slice(dot + 1), depth + 1) : null;
  return field ?? { ...origin, as: "value" };
}

function resultOf(index: TypeIndex, file: string, callee: string, depth: number): Receiver | null {
  const target = findFunction(index, file, callee, depth + 1);
  const returns = target && index.functions.get(target.file)?.get(target.name)?.returns;
  if (!target || !returns) return null;
  if (returns === "{}") return { ...target, as: "value" };
  if (returns !== "this") return typeOf(index, target.file, returns, depth + 1);
  const cut = memberCut(callee);
  return cut < 0 ? null : typeOf(index, file, callee.slice(0, cut), depth + 1);
}

function provided(index: TypeIndex, file: string, token: Text, depth: number): Receiver | null {
  const origin = index.providerOf(file, token);
  if (!origin) return null;
  if (index.classes.get(origin.file)?.has(origin.name)) return instanceOf(index, origin);
  const factory = index.functions.get(origin.file)?.get(origin.name);
  if (!factory) return valueOf(index, origin, depth + 1);
  if (!factory.returns || factory.returns === "{}") return { ...origin, as: "value" };
  return typeOf(index, origin.file, factory.returns, depth + 1);
}

function fieldOf(index: TypeIndex, owner: Receiver, member: string, depth: number): Receiver | null {
  if (depth > MOST_STEPS) return null;
  if (owner.as === "value") return staticField(index, owner, member, depth);
  const fact = index.classes.get(owner.file)?.get(owner.name);
  const declared =
    own(fact?.fields ?? {}, member) ?? own(own(index.files.get(owner.file)?.shapes ?? {}, owner.name) ?? {}, member);
  const token = own(fact?.injected ?? {}, member);
  if (member === "super") return baseOf(index, owner, fact);
  const typed = declared === undefined ? null : typeOf(index, owner.file, declared, depth + 1);
  const handed = token ? provided(index, owner.file, token, depth + 1) : null;
  if (typed && (isKnown(index, typed) || !handed)) return (typed.as === "instance" && override(index, typed)) || typed;
  if (handed) return handed;
  const getter = index.functions.get(owner.file)?.get(`${owner.name}#${member}`)?.returns;
  if (getter && getter !== "{}") return getter === "this" ? owner : typeOf(index, owner.file, getter, depth + 1);
  const base = baseOf(index, owner, fact);
  return base && fieldOf(index, base, member, depth + 1);
}

function isKnown(index: TypeIndex, { file, name }: Origin): boolean {
  return index.classes.get(file)?.has(name) ?? false;
}

// `{ provide: Notes, useClass: StoredNotes }`: who asks for the one gets the other.
function override(index: TypeIndex, type: Receiver): Receiver | null {
  const origin = index.providerOf(type.file, [{ name: type.name }]);
  return origin && isKnown(index, origin) ? instanceOf(index, origin) : null;
}

function staticField(index: TypeIndex, owner: Receiver, member: string, depth: number): Receiver | null {
  const origin =
    owner.name === "*" ? index.originOfExport(owner.file, member) : { ...owner, name: `${owner.name}.${member}` };
  return valueOf(index, origin, depth + 1);
}

function baseOf(index: TypeIndex, { file }: Origin, fact: ClassFact | undefined): Receiver | null {
  return fact?.base ? instanceOf(index, index.originOf(file, fact.base)) : null;
}

function methodOf(index: TypeIndex, receiver: Receiver, method: string, depth: number): Origin | null {
  if (depth > MOST_STEPS) return null;
  return receiver.as === "instance"
    ? (inheritedMethod(index, receiver, method, depth) ?? implementedMethod(index, receiver, method, depth))
    : functionOfValue(index, receiver, method, depth);
}

function inheritedMethod(index: TypeIndex, type: Origin, method: string, depth: number): Origin | null {
  const name = `${type.name}#${method}`;
  if (index.functions.get(type.file)?.has(name)) return { file: type.file, name };
  const fact = index.classes.get(type.file)?.get(type.name);
  const base = method === "constructor" || depth > MOST_STEPS ? null : baseOf(index, type, fact);
  return base && inheritedMethod(index, base, method, depth + 1);
}

// An interface says nothing of the code behind it, unless only one class implements it.
function implementedMethod(index: TypeIndex, type: Origin, method: string, depth: number): Origin | null {
  if (method === "constructor") return null;
  const [heir, ...others] = index.heirs().get(keyOf(type)) ?? [];
  return heir && others.length === 0 ? inheritedMethod(index, heir, method, depth + 1) : null;
}

function functionOfValue(index: TypeIndex, { file, name }: Origin, method: string, depth: number): Origin | null {
  const origin = name === "*" ? index.originOfExport(file, method) : { file, name: `${name}.${method}` };
  const functions = origin && index.functions.get(origin.file);
  if (!origin || !functions) return null;
  if (functions.has(origin.name)) return origin;
  const member = heldFunction(index, origin, depth);
  if (member || name === "*") return member;
  if (isKnown(index, { file, name })) return inheritedMethod(index, { file, name }, method, depth);
  // What a factory returns is part of the factory.
  if (index.functions.get(file)?.get(name)?.returns === "{}") return { file, name };
  const held = valueOf(index, { file, name }, depth + 1);
  return held?.as === "instance" ? methodOf(index, held, method, depth + 1) : null;
}
