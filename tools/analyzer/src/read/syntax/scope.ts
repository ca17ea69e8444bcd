import type { ModelRef, Text } from "../../source-facts.ts";
import type { ts } from "./compiler.ts";

/** What a local name is known to hold. `opaque` names exist and hide outer ones, but nothing is known of them. */
export type Binding =
  | { kind: "opaque" }
  | { kind: "text"; text: Text }
  | { kind: "texts"; members: Record<string, Text>; node: ts.ObjectLiteralExpression }
  | { kind: "list"; node: ts.ArrayLiteralExpression }
  /** A class or an enum, with the texts that its members hold. */
  | { kind: "statics"; members: Record<string, Text> }
  /** `type` is spelled as in `ClassFact`. */
  | { kind: "instance"; type: string }
  | { kind: "database" }
  | { kind: "query"; statement: number };

/** One level of nesting, with everything a visitor needs to know of its surroundings. */
export type Scope = {
  parent: Scope | null;
  bindings: Map<string, Binding>;
  /** What names of this level hold, as far as it may lead to a model; null where there are none. */
  values: Map<string, ModelRef> | null;
  /** How many functions are around. */
  depth: number;
  /** The outermost named function around; inner ones count as part of it. */
  functionName: string | null;
  className: string | null;
  /** Index of the transaction around, in `SourceFacts.transactions`. */
  transaction: number | null;
  /** Index of the statement whose subquery this is. */
  statement: number | null;
  /** The same for a query through models: its index in `SourceFacts.accesses`. */
  access: number | null;
};

export function createModuleScope(): Scope {
  return {
    parent: null,
    bindings: new Map(),
    values: null,
    depth: 0,
    functionName: null,
    className: null,
    transaction: null,
    statement: null,
    access: null,
  };
}

export function nest(parent: Scope, changes: Partial<Omit<Scope, "parent" | "bindings" | "values">> = {}): Scope {
  return { ...parent, ...changes, parent, bindings: new Map(), values: null };
}

export function findBinding(scope: Scope, name: string): Binding | undefined {
  for (let level: Scope | null = scope; level; level = level.parent) {
    const binding = level.bindings.get(name);
    if (binding) return binding;
  }
  return undefined;
}

/** True where the name belongs to the module or to no scope at all, so that other files may know it. */
export function isModuleName(scope: Scope, name: string): boolean {
  for (let level: Scope | null = scope; level; level = level.parent) {
    if (level.bindings.has(name)) return level.parent === null;
  }
  return true;
}
