import type { Expr, Pattern } from "../../routing-code.ts";
import { evaluate } from "./evaluate.ts";
import { memberOf } from "./members.ts";
import type { Play } from "./play.ts";
import { noteWrite } from "./shared-instances.ts";
import { list, UNDEFINED, UNKNOWN, type Env, type Value } from "./values.ts";

/** Gives the names of a pattern their values. */
export function bind(play: Play, to: Pattern, value: Value, env: Env): void {
  if ("name" in to) env.names.set(to.name, value);
  else if ("fields" in to) bindFields(play, to, value, env);
  else bindItems(play, to, value, env);
}

/** `name = value`, `this.field = value`, `exports.name = value`. */
export function assign(play: Play, to: Expr, value: Value, env: Env): void {
  if (to.is === "name") assignName(play, to.name, value, env);
  if (to.is !== "member" && to.is !== "element") return;
  const of = evaluate(play, to.of, env);
  const key = to.is === "member" ? to.name : keyOf(evaluate(play, to.key, env));
  if (key === null) return;
  noteWrite(play, of);
  if (of.kind === "record" || of.kind === "instance") of.fields.set(key, value);
  if (of.kind === "class") of.statics.set(key, value);
}

// --- internal ---

function assignName(play: Play, name: string, value: Value, env: Env): void {
  const level = levelOf(env, name);
  if (level !== env) play.effects++;
  level.names.set(name, value);
}

function bindFields(play: Play, to: Extract<Pattern, { fields: unknown }>, value: Value, env: Env): void {
  for (const field of to.fields) {
    const found = memberOf(play, value, field.key);
    bind(play, field.to, withDefault(play, found, field.default, env), env);
  }
  if (to.rest !== null) env.names.set(to.rest, value);
}

function bindItems(play: Play, to: Extract<Pattern, { items: unknown }>, value: Value, env: Env): void {
  const items = value.kind === "list" ? value.items : null;
  to.items.forEach((pattern, index) => {
    if (pattern) bind(play, pattern, items ? (items[index] ?? UNDEFINED) : UNKNOWN, env);
  });
  if (to.rest !== null) env.names.set(to.rest, items ? list(items.slice(to.items.length)) : UNKNOWN);
}

export function withDefault(play: Play, value: Value, code: Expr | null, env: Env): Value {
  return value.kind === "undefined" && code ? evaluate(play, code, env) : value;
}

function levelOf(env: Env, name: string): Env {
  let level = env;
  while (level.parent && !level.names.has(name)) level = level.parent;
  return level;
}

function keyOf(key: Value): string | null {
  return key.kind === "text" ? key.text : null;
}
