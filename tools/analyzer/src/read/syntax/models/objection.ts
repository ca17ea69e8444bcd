import type { AccessMode, ModelRef } from "../../../source-facts.ts";
import type { Chain, Step } from "../chain.ts";
import { ts } from "../compiler.ts";
import { dottedName, lastSegment, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { addBuiltAccess, type Related } from "./access.ts";
import { entriesOf, mayBeObject, objectsIn } from "./objects.ts";
import { relationPaths } from "./relation-expression.ts";
import { valueOf } from "./values.ts";

/**
 * `Person.query().patch(...)`, `person.$query()`, `person.$relatedQuery('pets')`, with the relations that a graph
 * names. What is no model of Objection is dropped when linking.
 */
export function recordObjectionQuery(recorder: Recorder, chain: Chain, scope: Scope): void {
  const position = chain.steps.findIndex(({ name }) => STARTS.has(name));
  const start = chain.steps[position];
  const model = start && modelOf(start, scope);
  if (!start || !model) return;

  const steps = chain.steps.slice(position);
  const mode: AccessMode = steps.some(({ name }) => WRITE.test(name)) ? "write" : "read";
  const related = steps.flatMap((step) => relatedIn(recorder, step, steps, scope));
  addBuiltAccess(recorder, scope, chain, { mapper: "objection", model, mode, related, unsure: true });
}

// --- internal ---

const STARTS = new Set(["query", "$query", "relatedQuery", "$relatedQuery", "fetchGraph", "$fetchGraph"]);
const WRITE =
  /^(?:insert|upsert|update|patch)(?:Graph|WithRelated)?(?:AndFetch(?:ById)?|ById)?$|^(?:delete|deleteById|del|relate|unrelate|increment|decrement|truncate)$/;
const GRAPH =
  /^(?:withGraph(?:Fetched|Joined)|\$?fetchGraph|\w*[eE]ager|(?:inner|left|right|outer|leftOuter|rightOuter|fullOuter)?[jJ]oinRelat(?:ed|ion))$/;
const GRAPH_WRITE = /^(?:insert|upsert)(?:Graph|WithRelated)/;

function modelOf(step: Step, scope: Scope): ModelRef | null {
  const callee = unwrap(step.node.expression);
  const holder = ts.isPropertyAccessExpression(callee) ? callee.expression : null;
  if (!holder) return null;
  const named = lastSegment(dottedName(holder) ?? "");
  const of = valueOf(holder, scope);
  if (/elatedQuery$/.test(step.name)) return relationOf(step, of, named);
  if (step.name === "query" && step.args[0] && isTextual(step.args[0])) return null; // `pool.query('select ...')`
  if (step.name === "query" || step.name === "fetchGraph") return of;
  return { kind: "either", of: [...(of ? [of] : []), ...alike(named)] };
}

// A row of unknown class most likely has the name of its model: `currentUser` is a CurrentUser or else a User.
function alike(named: string): ModelRef[] {
  const words = named.split(/(?=[A-Z])/);
  return words.map((word, index) => {
    return { kind: "key", key: word.charAt(0).toUpperCase() + word.slice(1) + words.slice(index + 1).join("") };
  });
}

function isTextual(node: ts.Expression): boolean {
  const inner = unwrap(node);
  return ts.isStringLiteralLike(inner) || ts.isTemplateExpression(inner) || ts.isBinaryExpression(inner);
}

function relationOf({ args: [field] }: Step, of: ModelRef | null, holder: string): ModelRef | null {
  const inner = field && unwrap(field);
  return inner && ts.isStringLiteralLike(inner) ? { kind: "relation", of, holder, field: inner.text } : null;
}

function relatedIn(recorder: Recorder, step: Step, steps: readonly Step[], scope: Scope): Related[] {
  if (GRAPH.test(step.name)) return graphs(recorder, step, scope, "read");
  if (GRAPH_WRITE.test(step.name)) return step.args.slice(0, 1).flatMap((graph) => graphWrites(recorder, graph, scope));
  const allows = step.name === "allowGraph" && steps.some(({ name }) => GRAPH_WRITE.test(name));
  return allows ? graphs(recorder, step, scope, "write") : [];
}

// `'[pets, children.pets]'`, `{ pets: true, children: { pets: true } }`; `fetchGraph(rows, 'pets')` names it second.
function graphs(recorder: Recorder, step: Step, scope: Scope, mode: AccessMode): Related[] {
  const node = step.args[step.name === "fetchGraph" ? 1 : 0];
  const inner = node && unwrap(node);
  if (!inner) return [];
  if (ts.isStringLiteralLike(inner)) {
    const line = recorder.lineOf(inner);
    return relationPaths(inner.text).map((path) => ({ path, model: null, mode, line }));
  }
  return graphObject(recorder, inner, scope, mode, []);
}

const MOST_LEVELS = 8;

function graphObject(
  recorder: Recorder,
  node: ts.Expression | undefined,
  scope: Scope,
  mode: AccessMode,
  before: readonly string[],
): Related[] {
  if (before.length > MOST_LEVELS) return [];
  return objectsIn(node, scope).flatMap((object) =>
    entriesOf(object, scope).flatMap((entry): Related[] => {
      if (entry.name.startsWith("$")) return [];
      const path = [...before, entry.name];
      const inner = graphObject(recorder, entry.value ?? undefined, scope, mode, path);
      return [{ path, model: null, mode, line: recorder.lineOf(entry.node) }, ...inner];
    }),
  );
}

// `insertGraph({ name, pets: [{ name }] })`: a member that holds objects may be a relation.
function graphWrites(
  recorder: Recorder,
  node: ts.Expression | undefined,
  scope: Scope,
  before: readonly string[] = [],
): Related[] {
  if (before.length > MOST_LEVELS) return [];
  return objectsIn(node, scope).flatMap((object) =>
    entriesOf(object, scope).flatMap((entry): Related[] => {
      if (!mayBeObject(entry)) return [];
      const path = [...before, entry.name];
      const inner = graphWrites(recorder, entry.value ?? undefined, scope, path);
      return [{ path, model: null, mode: "write", line: recorder.lineOf(entry.node) }, ...inner];
    }),
  );
}
