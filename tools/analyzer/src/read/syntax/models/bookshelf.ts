import type { AccessMode, ModelRef } from "../../../source-facts.ts";
import type { Chain, Step } from "../chain.ts";
import { ts } from "../compiler.ts";
import { dottedName, lastSegment, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { addAccess, type Related } from "./access.ts";
import { entriesOf, objectsIn } from "./objects.ts";
import { valueOf } from "./values.ts";

/**
 * `User.where(...).fetchAll({ withRelated: ['posts'] })`, `User.forge(...).save()`, `user.related('posts').fetch()`.
 * The words are everybody's: what is no model of Bookshelf is dropped when linking.
 */
export function recordBookshelfQuery(recorder: Recorder, chain: Chain, scope: Scope): void {
  const position = chain.steps.findIndex(({ name }) => OPERATIONS.has(name));
  const step = chain.steps[position];
  const mode = step && OPERATIONS.get(step.name);
  const model = mode && modelOf(chain, position, scope);
  if (!step || !mode || !model) return;
  const related = chain.steps.slice(0, position + 1).flatMap((each) => relatedIn(recorder, each, scope));
  const at = { start: chain.start, whole: step.node };
  addAccess(recorder, scope, at, { mapper: "bookshelf", model, mode, related, unsure: true });
}

// --- internal ---

const OPERATIONS: ReadonlyMap<string, AccessMode> = new Map<string, AccessMode>([
  ...["fetch", "fetchAll", "fetchOne", "fetchPage", "count", "load", "refresh"].map((name) => [name, "read"] as const),
  ...["save", "destroy", "attach", "detach", "updatePivot"].map((name) => [name, "write"] as const),
]);

function modelOf(chain: Chain, position: number, scope: Scope): ModelRef | null {
  const [first] = chain.steps;
  if (!first) return null;
  const named = first.name === "model" ? textOf(first.args[0]) : null;
  if (named !== null) return { kind: "key", key: named };
  const callee = unwrap(first.node.expression);
  if (!ts.isPropertyAccessExpression(callee)) return null;
  const of = valueOf(callee.expression, scope);
  const holder = lastSegment(dottedName(callee.expression) ?? "");
  // `user.related('posts').fetch()`, `user.posts().fetch()`; `User.where(...)` is no relation and falls through.
  const field = first.name === "related" ? textOf(first.args[0]) : position > 0 ? first.name : null;
  const relation: ModelRef[] = field === null ? [] : [{ kind: "relation", of, holder, field }];
  return { kind: "either", of: [...relation, ...(of ? [of] : [])] };
}

function textOf(node: ts.Expression | undefined): string | null {
  const inner = node && unwrap(node);
  return inner && ts.isStringLiteralLike(inner) ? inner.text : null;
}

// `{ withRelated: ['posts.comments', { tags: (query) => ... }] }`, `.load(['posts'])`
function relatedIn(recorder: Recorder, step: Step, scope: Scope): Related[] {
  const [first] = step.args;
  const options = step.args.flatMap((argument) =>
    objectsIn(argument, scope).flatMap((object) => entriesOf(object, scope)),
  );
  const listed = options.flatMap(({ name, value }) => (name === "withRelated" && value ? [value] : []));
  return [...(step.name === "load" && first ? [first] : []), ...listed].flatMap((node) =>
    pathsIn(recorder, node, scope),
  );
}

function pathsIn(recorder: Recorder, node: ts.Expression, scope: Scope): Related[] {
  const inner = unwrap(node);
  if (ts.isArrayLiteralExpression(inner)) return inner.elements.flatMap((each) => pathsIn(recorder, each, scope));
  const text = textOf(inner);
  const names =
    text === null
      ? objectsIn(inner, scope).flatMap((object) => entriesOf(object, scope).map(({ name }) => name))
      : [text];
  return names.map((name) => {
    return { path: name.split("."), model: null, mode: "read", line: recorder.lineOf(inner) };
  });
}
