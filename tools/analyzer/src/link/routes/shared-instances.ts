import type { ClassCode } from "../../routing-code.ts";
import type { Play } from "./play.ts";
import type { ClassValue, Instance, Value } from "./values.ts";

/** Instances of one class that were made with the same arguments, each under what the arguments say. */
export type SharedInstances = Map<ClassCode, Map<string, Instance>>;

/**
 * A class that is constructed again with the same arguments gives the same again, without being played: classes whose
 * fields construct other classes would else be played once for every way through them, which are exponentially many.
 * It holds where constructing did nothing but fill the instance and met no file that was still being loaded.
 */
export function constructOnce(play: Play, type: ClassValue, args: readonly Value[], make: () => Instance): Instance {
  const said = sayAll(play, args, 0);
  if (said === null) return make();
  const key = `${numberOf(play, type)}(${said})`;
  const known = play.shared.get(type.code)?.get(key);
  if (known) return copyOf(play, known, key);
  const before = play.effects;
  const instance = make();
  if (play.effects === before) keep(play, key, instance);
  return instance;
}

/** Notes that `to` is given a field: an effect, unless it is being constructed and so is nobody else's yet. */
export function noteWrite(play: Play, to: Value): void {
  if (to.kind === "instance") play.sameAs.delete(to);
  if (to.kind !== "instance" || play.constructing.at(-1) !== to) play.effects++;
}

// --- internal ---

/** Arguments nested deeper, or longer, say too much to be worth comparing. */
const DEEPEST_ARGUMENT = 3;
const MOST_ITEMS = 20;

// Each has its own fields, so that what is set on one later does not show on another.
function copyOf(play: Play, known: Instance, key: string): Instance {
  const copy: Instance = { ...known, fields: new Map(known.fields) };
  play.sameAs.set(copy, key);
  return copy;
}

function keep(play: Play, key: string, instance: Instance): void {
  const { code } = instance.class;
  const ofClass = play.shared.get(code) ?? new Map<string, Instance>();
  play.shared.set(code, ofClass.set(key, { ...instance, fields: new Map(instance.fields) }));
  play.sameAs.set(instance, key);
}

function sayAll(play: Play, values: readonly Value[], depth: number): string | null {
  if (depth > DEEPEST_ARGUMENT || values.length > MOST_ITEMS) return null;
  const said: string[] = [];
  for (const value of values) {
    const text = say(play, value, depth);
    if (text === null) return null;
    said.push(text);
  }
  return said.join();
}

/** What these say is all that there is to them. */
const PLAIN = new Set<Value["kind"]>([
  "unknown",
  "undefined",
  "text",
  "number",
  "flag",
  "module",
  "package",
  "reference",
]);

// Null for what has a state or surroundings of its own.
function say(play: Play, value: Value, depth: number): string | null {
  if (PLAIN.has(value.kind)) return JSON.stringify(value);
  if (value.kind === "instance") return sayInstance(play, value);
  if (value.kind === "class") return `class ${numberOf(play, value)}`;
  if (value.kind === "list") return enclosed("list", sayAll(play, value.items, depth + 1));
  if (value.kind === "wrapped") return enclosed("wrapped", sayAll(play, [...value.args, value.result], depth + 1));
  if (value.kind !== "record") return null;
  const names = JSON.stringify([...value.fields.keys(), value.open]);
  return enclosed(`record ${names}`, sayAll(play, [...value.fields.values()], depth + 1));
}

function enclosed(kind: string, said: string | null): string | null {
  return said === null ? null : `${kind}(${said})`;
}

// By a number: what an instance was made with may itself hold instances, and so on.
function sayInstance(play: Play, value: Instance): string | null {
  const key = play.sameAs.get(value);
  return key === undefined ? null : `instance ${numberOf(play, key)}`;
}

function numberOf(play: Play, of: ClassValue | string): number {
  const known = play.numbers.get(of) ?? play.numbers.size;
  play.numbers.set(of, known);
  return known;
}
