import type { Expr } from "../../routing-code.ts";
import { callMember, callValue, construct, type Argument } from "./call.ts";
import { assign } from "./bind.ts";
import { memberOf } from "./members.ts";
import { findName, requireModule } from "./modules.ts";
import type { Play } from "./play.ts";
import { concatenate } from "./texts.ts";
import {
  either,
  list,
  text,
  UNDEFINED,
  UNKNOWN,
  type Callable,
  type ClassValue,
  type Env,
  type Value,
} from "./values.ts";

/** What an expression stands for. Calls take effect: routers come to be, routes are noted. */
export function evaluate(play: Play, expr: Expr, env: Env): Value {
  switch (expr.is) {
    case "text":
      return text(expr.text);
    case "number":
      return { kind: "number", number: expr.number };
    case "flag":
      return { kind: "flag", flag: expr.flag };
    case "template":
      return concatenate(
        play,
        expr.parts.map((part) => evaluate(play, part, env)),
      );
    case "name":
      return findName(play, env, expr.name);
    case "this":
      return selfOf(env);
    case "super":
      return UNKNOWN;
    case "member":
      return memberOf(play, evaluate(play, expr.of, env), expr.name);
    case "element":
      return element(play, evaluate(play, expr.of, env), evaluate(play, expr.key, env));
    case "call":
      return evaluateCall(play, expr, env);
    case "list":
      return list(evaluateAll(play, expr.items, env).map(({ value }) => value));
    case "spread":
      return evaluate(play, expr.of, env);
    case "record":
      return evaluateRecord(play, expr, env);
    case "function":
      return closure(play, expr.function, env);
    case "class":
      return classValue(play, expr.class, env);
    case "require":
      return requireModule(play, env.file, expr.specifier);
    case "choice":
      return evaluateChoice(play, expr, env);
    case "minus":
      return subtract(evaluate(play, expr.left, env), evaluate(play, expr.right, env));
    case "assign": {
      const value = evaluate(play, expr.value, env);
      assign(play, expr.to, value, env);
      return value;
    }
    case "unknown":
      return UNKNOWN;
  }
}

// --- internal ---

const NOTHING: Expr = { is: "unknown" };

type Of<Kind extends Expr["is"]> = Extract<Expr, { is: Kind }>;

function selfOf(env: Env): Value {
  return env.self ?? UNKNOWN;
}

/** Arguments and items, with lists spread out. Each keeps the code that it came from. */
function evaluateAll(play: Play, exprs: readonly Expr[], env: Env): Argument[] {
  return exprs.flatMap((expr): Argument[] => {
    const value = evaluate(play, expr, env);
    if (expr.is !== "spread") return [{ value, expr }];
    return value.kind === "list"
      ? value.items.map((item) => ({ value: item, expr: NOTHING }))
      : [{ value: UNKNOWN, expr }];
  });
}

function element(play: Play, of: Value, key: Value): Value {
  if (key.kind === "text") return memberOf(play, of, key.text);
  if (key.kind === "number" && of.kind === "list") return of.items[key.number] ?? UNDEFINED;
  // `table[name]` with a name known only at run time: any of the table's values.
  return of.kind === "record" && of.fields.size <= MOST_OPTIONS ? either([...of.fields.values()]) : UNKNOWN;
}

const MOST_OPTIONS = 50;

function evaluateCall(play: Play, expr: Of<"call">, env: Env): Value {
  const { callee, line } = expr;
  const args = (): Argument[] => evaluateAll(play, expr.args, env);
  const place = { file: env.file, line };
  if (expr.isNew) return construct(play, evaluate(play, callee, env), args(), place);
  if (callee.is === "super") return callSuper(play, args(), env);
  if (callee.is === "member" && callee.of.is === "super") {
    const method = baseMember(play, callee.name, env);
    return callValue(play, method, args(), place);
  }
  if (callee.is === "member") return callMember(play, evaluate(play, callee.of, env), callee.name, args(), place);
  if (callee.is === "element") {
    const of = evaluate(play, callee.of, env);
    const key = evaluate(play, callee.key, env);
    if (key.kind === "text") return callMember(play, of, key.text, args(), place);
    if (of.kind === "router") return callMember(play, of, "?", args(), place);
  }
  return callValue(play, evaluate(play, callee, env), args(), place);
}

function callSuper(play: Play, args: Argument[], env: Env): Value {
  const self = selfOf(env);
  const base = baseOf(play, env);
  if (self.kind === "instance" && base) construct(play, base, args, { file: env.file, line: 0 }, self);
  return UNDEFINED;
}

function baseMember(play: Play, name: string, env: Env): Value {
  const base = baseOf(play, env);
  const self = selfOf(env);
  return base && self.kind === "instance" ? memberOf(play, { ...self, class: base }, name) : UNKNOWN;
}

// The class around is kept under a name that no code can write.
function baseOf(play: Play, env: Env): ClassValue | null {
  const around = findName(play, env, CLASS_AROUND);
  if (around.kind !== "class" || !around.code.base) return null;
  const base = evaluate(play, around.code.base, around.env);
  return base.kind === "class" ? base : null;
}

const CLASS_AROUND = "<class>";

function evaluateRecord(play: Play, expr: Of<"record">, env: Env): Value {
  const fields = new Map<string, Value>();
  let open = false;
  for (const { key, value: code } of expr.fields) {
    const value = evaluate(play, code, env);
    const name = key && evaluate(play, key, env);
    if (name?.kind === "text") fields.set(name.text, value);
    else if (!name && value.kind === "record") for (const [field, inner] of value.fields) fields.set(field, inner);
    else open = true;
  }
  return { kind: "record", fields, open };
}

function closure(play: Play, position: number, env: Env): Value {
  const code = play.symbols.files.get(env.file)?.routing?.functions[position];
  if (!code) return UNKNOWN;
  const value: Callable = { kind: "function", code, env, self: code.arrow ? env.self : null };
  if (!play.closures.has(code)) play.closures.set(code, value);
  return value;
}

function classValue(play: Play, position: number, env: Env): Value {
  const code = play.symbols.files.get(env.file)?.routing?.classes[position];
  if (!code) return UNKNOWN;
  const inner: Env = { ...env, names: new Map(), parent: env };
  const value: ClassValue = { kind: "class", code, env: inner, statics: new Map() };
  inner.names.set(CLASS_AROUND, value);
  if (code.name !== "default") inner.names.set(code.name, value);
  if (!play.classes.has(code)) play.classes.set(code, value);
  for (const field of code.fields) {
    if (field.isStatic && field.value)
      value.statics.set(field.name, evaluate(play, field.value, { ...inner, self: value }));
  }
  return value;
}

// What stands behind `||` counts: without any configuration it is what the program uses. Of two branches neither
// does, but what can be followed is followed into both.
function evaluateChoice(play: Play, expr: Of<"choice">, env: Env): Value {
  const options = expr.options.map((option) => evaluate(play, option, env));
  const [first] = options;
  if (expr.fallback && first?.kind === "undefined") return options[1] ?? UNDEFINED;
  if (expr.fallback && first && first.kind !== "unknown") return first;
  if (options.length === 1) return first ?? UNKNOWN;
  const last = options.at(-1) ?? UNKNOWN;
  if (expr.fallback && last.kind !== "unknown") return last;
  const lists = options.flatMap((option) => (option.kind === "list" ? option.items : []));
  if (lists.length > 0) return list(lists);
  return either(options.filter(({ kind }) => !VAGUE.has(kind)));
}

const VAGUE = new Set<Value["kind"]>(["unknown", "undefined", "text", "number"]);

function subtract(left: Value, right: Value): Value {
  if (left.kind !== "number" || right.kind !== "number") return UNKNOWN;
  return { kind: "number", number: left.number - right.number };
}
