import type { ClassCode, FunctionCode } from "../../routing-code.ts";
import type { RouterNode } from "./network.ts";

/** What an expression of routing code stands for while it is played through. */
export type Value =
  | Unknown
  | { kind: "undefined" }
  | { kind: "text"; text: string }
  | { kind: "number"; number: number }
  | { kind: "flag"; flag: boolean }
  | ListValue
  | RecordValue
  | Callable
  | ClassValue
  | Instance
  /** A file of ours as a whole. */
  | { kind: "module"; file: string }
  /** Something of a package; `path` leads from what it exports, with dots. */
  | { kind: "package"; package: string; path: string }
  /** A name of a file that has no routing code: a handler, a constant. */
  | { kind: "reference"; file: string; name: string }
  | { kind: "router"; node: RouterNode }
  /** `router.route("/path")`: the methods follow. */
  | { kind: "route"; node: RouterNode; path: Value }
  /** `mount("/path", app)`. */
  | { kind: "mount"; path: Value; target: Value }
  /** What a call made of functions that it was handed: `asyncHandler(add)`. */
  | Wrapped
  /** One of these, which one is known only at run time. */
  | { kind: "either"; options: Value[] }
  | NestApp;

/** Known only at run time, or of no interest. */
export type Unknown = { kind: "unknown" };
export type ListValue = { kind: "list"; items: Value[] };
/** `open`: it has fields beside these that are not known. */
export type RecordValue = { kind: "record"; fields: Map<string, Value>; open: boolean };
export type Callable = { kind: "function"; code: FunctionCode; env: Env; self: Value | null };
export type ClassValue = { kind: "class"; code: ClassCode; env: Env; statics: Map<string, Value> };
export type Instance = { kind: "instance"; class: ClassValue; fields: Map<string, Value> };
export type Wrapped = { kind: "wrapped"; args: Value[]; result: Value; keepsScope: boolean };

/** An application of NestJS with what was said of all its routes. */
export type NestApp = {
  kind: "nest";
  module: Value;
  prefix: string;
  exclude: Value[];
  versioning: Value | null;
  /** Made only to ask it something, an application is closed and never listens. */
  closed: boolean;
  serves: boolean;
};

/** Names and what they hold; the outermost one is the module's. */
export type Env = { file: string; names: Map<string, Value>; parent: Env | null; self: Value | null };

export const UNKNOWN: Unknown = { kind: "unknown" };
export const UNDEFINED: Value = { kind: "undefined" };

/** One of several values; what is not known of them is left out. */
export function either(options: readonly Value[]): Value {
  const known = options.filter(({ kind }) => kind !== "unknown" && kind !== "undefined");
  return known.length > 1 ? { kind: "either", options: known } : (known[0] ?? UNKNOWN);
}

export function text(value: string): Value {
  return { kind: "text", text: value };
}

export function list(items: Value[]): Value {
  return { kind: "list", items };
}

export function record(fields: Iterable<readonly [string, Value]>, open = false): RecordValue {
  return { kind: "record", fields: new Map(fields), open };
}
