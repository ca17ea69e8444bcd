import type { Expr, FunctionCode } from "../../routing-code.ts";
import { bind, withDefault } from "./bind.ts";
import { callBuiltin } from "./builtins.ts";
import { evaluate } from "./evaluate.ts";
import { memberOf } from "./members.ts";
import { settle } from "./modules.ts";
import { callNestApp } from "./nest-app.ts";
import { callPackage } from "./packages.ts";
import { frameworkOfFile, isRouterParameter } from "./framework-of-file.ts";
import { takeStep, type Play } from "./play.ts";
import { callRoute, callRouter, createRouter } from "./routers.ts";
import { run } from "./run.ts";
import { constructOnce } from "./shared-instances.ts";
import {
  either,
  list,
  UNDEFINED,
  UNKNOWN,
  type Callable,
  type ClassValue,
  type Env,
  type Instance,
  type Value,
} from "./values.ts";

/** One argument of a call, and the code it came from. */
export type Argument = { value: Value; expr: Expr };

export type CallPlace = { file: string; line: number };

/** `of.name(...args)` */
export function callMember(play: Play, of: Value, name: string, args: Argument[], place: CallPlace): Value {
  if (of.kind === "either") return either(of.options.map((option) => callMember(play, option, name, args, place)));
  if (of.kind === "router") return callRouter(play, of, name, args, place);
  if (of.kind === "route") return callRoute(play, of, name, args, place);
  if (of.kind === "nest") return callNestApp(play, of, name, args);
  const isFunction = of.kind === "function" || of.kind === "wrapped" || of.kind === "reference";
  if (isFunction && name === "bind") return of;
  if (isFunction && name === "call") return callValue(play, of, args.slice(1), place, args[0]?.value);
  return callBuiltin(play, of, name, args, place) ?? callValue(play, memberOf(play, of, name), args, place, of);
}

/** `callee(...args)`; `self` is what the function was taken from. */
export function callValue(play: Play, callee: Value, args: Argument[], place: CallPlace, self?: Value): Value {
  const target = settle(play, callee);
  if (target.kind === "function") return wrapped(callFunction(play, target, args, self), args);
  if (target.kind === "either")
    return either(target.options.map((option) => callValue(play, option, args, place, self)));
  if (target.kind === "package") return callPackage(play, target, args, place);
  if (target.kind === "wrapped") return callValue(play, innermost(target), args, place, self);
  runCallbacks(play, args);
  return wrapped(UNKNOWN, args);
}

/** `new callee(...args)`; with `self` the constructor of a base class, called by the one that extends it. */
export function construct(play: Play, callee: Value, args: Argument[], place: CallPlace, self?: Instance): Value {
  const target = settle(play, callee);
  if (target.kind === "package") return callPackage(play, target, args, place);
  if (target.kind !== "class") {
    runCallbacks(play, args);
    return wrapped(UNKNOWN, args);
  }
  if (self) return fill(play, target, args, place, self);
  const values = args.map(({ value }) => value);
  return constructOnce(play, target, values, () => fill(play, target, args, place, createInstance(play, target)));
}

function createInstance(play: Play, type: ClassValue): Instance {
  const instance: Instance = { kind: "instance", class: type, fields: new Map() };
  if (!play.instances.has(type.code)) play.instances.set(type.code, instance);
  return instance;
}

function fill(play: Play, target: ClassValue, args: Argument[], place: CallPlace, instance: Instance): Instance {
  if (play.constructing.length > DEEPEST || constructsItself(play, instance)) return instance;
  if (!takeStep(play, place.file)) return instance;
  play.constructing.push(instance);
  initialize(play, target, instance);
  create(play, target, args, place, instance);
  play.constructing.pop();
  return instance;
}

// The constructor of a base class fills the same instance, which is no construction of its own.
function constructsItself(play: Play, instance: Instance): boolean {
  const around = play.constructing.filter((other) => other !== instance && other.class.code === instance.class.code);
  return around.length > MOST_RECURSIONS;
}

function create(play: Play, target: ClassValue, args: Argument[], place: CallPlace, instance: Instance): void {
  const position = target.code.create;
  const code = position === null ? null : play.symbols.files.get(target.env.file)?.routing?.functions[position];
  if (code) {
    callFunction(
      play,
      { kind: "function", code, env: target.env, self: instance },
      args,
      instance,
      target.code.parameterFields,
    );
  } else if (target.code.base) {
    const base = settle(play, evaluate(play, target.code.base, target.env));
    if (base.kind === "class" && base !== target) construct(play, base, args, place, instance);
  }
}

/** Runs functions that something unknown was handed: it is taken to call them. */
export function runCallbacks(play: Play, args: readonly Argument[]): void {
  for (const { value } of args) if (value.kind === "function") callFunction(play, value, null);
}

/**
 * Runs a function; `args` is null where something unknown calls it. What is then not known of a parameter may be a
 * router, which stands alone.
 */
export function callFunction(
  play: Play,
  callee: Callable,
  args: readonly Argument[] | null,
  self?: Value,
  parameterFields: readonly string[] = [],
): Value {
  const { code } = callee;
  play.called.add(code);
  if (!code.body || play.stack.length > DEEPEST || timesOn(play.stack, code) > MOST_RECURSIONS) return UNKNOWN;
  if (!takeStep(play, callee.env.file)) return UNKNOWN;
  const env: Env = { file: callee.env.file, names: new Map(), parent: callee.env, self: callee.self ?? self ?? null };
  play.stack.push(code);
  bindParameters(play, code, args, env);
  if (env.self?.kind === "instance") {
    for (const field of parameterFields) env.self.fields.set(field, env.names.get(field) ?? UNKNOWN);
  }
  const result = run(play, code.body, env);
  play.stack.pop();
  return result;
}

// --- internal ---

const DEEPEST = 60;
const MOST_RECURSIONS = 2;

function timesOn(stack: readonly FunctionCode[], code: FunctionCode): number {
  return stack.reduce((sum, other) => sum + (other === code ? 1 : 0), 0);
}

function bindParameters(play: Play, code: FunctionCode, args: readonly Argument[] | null, env: Env): void {
  const values = args?.map(({ value }) => value);
  env.names.set("arguments", values ? list(values) : UNKNOWN);
  code.parameters.forEach((parameter, index) => {
    const given =
      parameter.rest && values ? list(values.slice(index)) : values ? (values[index] ?? UNDEFINED) : UNKNOWN;
    const value = withDefault(play, given, parameter.default, env);
    bind(play, parameter.to, isMissing(value) ? (loneRouter(play, parameter, env) ?? value) : value, env);
  });
}

function isMissing({ kind }: Value): boolean {
  return kind === "unknown" || kind === "undefined";
}

function loneRouter(play: Play, parameter: FunctionCode["parameters"][number], env: Env): Value | null {
  if (!isRouterParameter(parameter)) return null;
  const name = "name" in parameter.to ? parameter.to.name : null;
  return createRouter(play, frameworkOfFile(play, env.file, parameter.type ?? name), false);
}

// Fields of the extending class come first and stay.
function initialize(play: Play, type: ClassValue, instance: Instance): void {
  const env: Env = { ...type.env, names: new Map(), parent: type.env, self: instance };
  for (const field of type.code.fields) {
    if (field.isStatic || !field.value || instance.fields.has(field.name)) continue;
    instance.fields.set(field.name, evaluate(play, field.value, env));
  }
}

const HANDLERS = new Set<Value["kind"]>(["function", "reference", "wrapped", "router", "package"]);
const WRAPPABLE = new Set<Value["kind"]>(["function", "reference", "unknown", "undefined", "wrapped"]);

function wrapped(result: Value, args: readonly Argument[]): Value {
  if (!WRAPPABLE.has(result.kind) || !args.some(({ value }) => HANDLERS.has(value.kind))) return result;
  return { kind: "wrapped", args: args.map(({ value }) => value), result, keepsScope: false };
}

function innermost(value: Extract<Value, { kind: "wrapped" }>): Value {
  if (value.result.kind !== "unknown" && value.result.kind !== "undefined") return value.result;
  return value.args.find(({ kind }) => kind === "function" || kind === "wrapped" || kind === "module") ?? UNKNOWN;
}
