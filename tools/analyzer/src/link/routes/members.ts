import { ROUTER_TYPE, frameworkOfFile } from "./framework-of-file.ts";
import { callValue } from "./call.ts";
import { evaluate } from "./evaluate.ts";
import { exportedValue, loadModule, settle } from "./modules.ts";
import type { Play } from "./play.ts";
import { createRouter } from "./routers.ts";
import {
  either,
  UNDEFINED,
  UNKNOWN,
  type Callable,
  type ClassValue,
  type Instance,
  type ListValue,
  type Value,
} from "./values.ts";

/** `of.name` */
export function memberOf(play: Play, of: Value, name: string): Value {
  if (of.kind === "record") return of.fields.get(name) ?? (of.open ? UNKNOWN : UNDEFINED);
  if (of.kind === "instance") return memberOfInstance(play, of, name);
  if (of.kind === "class") return memberOfClass(play, of, name);
  if (of.kind === "module") return memberOfModule(play, of.file, name);
  if (of.kind === "list") return memberOfList(of, name);
  if (of.kind === "either") return either(of.options.map((option) => memberOf(play, option, name)));
  if (of.kind === "wrapped") return memberOf(play, of.result, name);
  if (of.kind === "reference") return { ...of, name: of.name === "*" ? name : `${of.name}.${name}` };
  if (of.kind !== "package") return UNKNOWN;
  return { ...of, path: of.path === "" || of.path === "default" ? name : `${of.path}.${name}` };
}

/** A method of a class or of those it extends, ready to be called on `self`. */
export function findMethod(play: Play, type: ClassValue, name: string, self: Value, isStatic: boolean): Member | null {
  for (const level of lineage(play, type)) {
    const method = level.code.methods.find((fact) => fact.name === name && fact.isStatic === isStatic);
    const code = method && play.symbols.files.get(level.env.file)?.routing?.functions[method.function];
    if (method && code)
      return { value: { kind: "function", code, env: level.env, self }, isGetter: method.kind === "get" };
  }
  return null;
}

/** The class and those it extends, the nearest first. */
export function lineage(play: Play, type: ClassValue): ClassValue[] {
  const found = [type];
  for (let level = type; level.code.base && found.length < MOST_BASES;) {
    const base = settle(play, evaluate(play, level.code.base, level.env));
    if (base.kind !== "class" || found.includes(base)) break;
    found.push(base);
    level = base;
  }
  return found;
}

// --- internal ---

type Member = { value: Callable; isGetter: boolean };

const MOST_BASES = 10;

function memberOfList({ items }: ListValue, name: string): Value {
  return name === "length" ? { kind: "number", number: items.length } : (items[Number(name)] ?? UNKNOWN);
}

function memberOfInstance(play: Play, of: Instance, name: string): Value {
  const field = of.fields.get(name);
  if (field && field.kind !== "unknown") return field;
  const method = findMethod(play, of.class, name, of, false);
  if (method) {
    return method.isGetter ? callValue(play, method.value, [], { file: of.class.env.file, line: 0 }) : method.value;
  }
  return declaredRouter(play, of, name) ?? field ?? UNKNOWN;
}

// `private router: Router`, handed in from somewhere that the code does not show.
function declaredRouter(play: Play, of: Instance, name: string): Value | null {
  const { code, env } = of.class;
  const type = code.fields.find((fact) => fact.name === name)?.type;
  if (!type || !ROUTER_TYPE.test(type)) return null;
  const router = createRouter(play, frameworkOfFile(play, env.file, type), false);
  of.fields.set(name, router);
  return router;
}

function memberOfClass(play: Play, of: ClassValue, name: string): Value {
  for (const level of lineage(play, of)) {
    const value = level.statics.get(name);
    if (value) return value;
  }
  const method = findMethod(play, of, name, of, true);
  if (!method) return UNKNOWN;
  return method.isGetter ? callValue(play, method.value, [], { file: of.env.file, line: 0 }) : method.value;
}

function memberOfModule(play: Play, file: string, name: string): Value {
  if (name === "default") {
    const module = loadModule(play, file);
    return module && !module.exports.fields.has("default")
      ? settle(play, { kind: "module", file })
      : exportedValue(play, file, name);
  }
  return exportedValue(play, file, name);
}
