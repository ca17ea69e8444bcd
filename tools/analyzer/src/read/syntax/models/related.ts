import type { ModelRef } from "../../../source-facts.ts";
import type { Recorder } from "../recorder.ts";
import type { Step } from "../chain.ts";
import { ts } from "../compiler.ts";
import { lastSegment, unwrap } from "../nodes.ts";
import { findBinding, type Scope } from "../scope.ts";
import type { Related } from "./access.ts";
import { entriesOf, mayBeObject, objectsIn, type Entry } from "./objects.ts";
import { valueOf } from "./values.ts";
import { own } from "../../../own.ts";

/** The relations that the arguments of a query name: `include`, `relations`, `populate`, `join`. */
export function relatedInArguments(recorder: Recorder, args: readonly ts.Expression[], scope: Scope): Related[] {
  return args.flatMap((argument) => {
    const inner = unwrap(argument);
    if (!ts.isObjectLiteralExpression(inner) && !ts.isIdentifier(inner)) return [];
    return objectsIn(inner, scope).flatMap((object) =>
      entriesOf(object, scope).flatMap((entry) => {
        const read = own(OPTIONS, entry.name);
        return read ? read({ recorder, scope }, valueNode(entry)) : [];
      }),
    );
  });
}

/** What `.populate("author")`, `.populate({ path: "author", populate: "team" })` and `.populate(["a", "b.c"])` name. */
export function populated(recorder: Recorder, args: readonly ts.Expression[], scope: Scope): Related[] {
  const [first] = args;
  return first ? pathsIn({ recorder, scope }, first, []) : [];
}

/** The collections that the stages of an aggregation look up or write to. */
export function aggregated(recorder: Recorder, args: readonly ts.Expression[], scope: Scope): Related[] {
  return args.flatMap((argument) =>
    objectsIn(argument, scope).flatMap((stage) =>
      entriesOf(stage, scope).flatMap((entry) => stageCollections({ recorder, scope }, entry)),
    ),
  );
}

/** The paths that joins of a query builder lead along, from the model on; `aliases` grows with every join. */
export function joined(
  recorder: Recorder,
  steps: readonly Step[],
  aliases: Map<string, string[]>,
  scope: Scope,
): Related[] {
  return steps.flatMap((step): Related[] => {
    const [target, alias] = step.args;
    if (!JOIN.test(step.name) || !target) return [];
    const line = recorder.lineOf(target);
    const written = text(target);
    const path = written === null ? null : aliasedPath(written, aliases);
    const name = alias ? text(alias) : null;
    if (path && name !== null) aliases.set(name, path);
    if (path) return [{ path, model: null, mode: "read" as const, line }];
    const model: ModelRef | null = written === null ? valueOf(target, scope) : { kind: "key", key: written };
    return model ? [{ path: [], model, mode: "read" as const, line }] : [];
  });
}

/** Steps of a query builder that join another table. */
export const JOIN = /^(?:left|inner|right)?join(?:AndSelect|AndMap(?:One|Many))?$/i;

/** The text of a literal, or null. */
export function text(node: ts.Expression): string | null {
  const inner = unwrap(node);
  return ts.isStringLiteralLike(inner) ? inner.text : null;
}

// --- internal ---

type Place = { recorder: Recorder; scope: Scope };

const OPTIONS: Readonly<Record<string, (place: Place, node: ts.Expression) => Related[]>> = {
  include: (place, node) => includes(place, node, [], null),
  relations: (place, node) => pathsIn(place, node, []),
  populate: (place, node) => pathsIn(place, node, []),
  populateWhere: (place, node) => pathsIn(place, node, []),
  join: joinOption,
};

function valueNode({ value, node }: Entry): ts.Expression {
  return value ?? (node as ts.ShorthandPropertyAssignment).name;
}

// `u.posts` starts at what `u` stands for.
function aliasedPath(written: string, aliases: ReadonlyMap<string, string[]>): string[] | null {
  const [alias = "", ...fields] = written.split(".");
  if (fields.length === 0) return null;
  return [...(aliases.get(alias) ?? []), ...fields];
}

function at({ recorder }: Place, node: ts.Node, path: string[], model: ModelRef | null = null): Related {
  return { path, model, mode: "read", line: recorder.lineOf(node) };
}

// ["a", "b.c"], "a b", { a: { b: true } }, [{ path: "a", populate: "b" }], { path: "a" }
function pathsIn(place: Place, node: ts.Expression, before: readonly string[]): Related[] {
  const inner = unwrap(node);
  if (ts.isStringLiteralLike(inner)) {
    const written = inner.text.split(/\s+/).filter((path) => path !== "" && path !== "*");
    return written.map((path) => at(place, inner, [...before, ...path.split(".")]));
  }
  if (ts.isArrayLiteralExpression(inner)) {
    return inner.elements.flatMap((element) =>
      pathsIn(place, ts.isSpreadElement(element) ? element.expression : element, before),
    );
  }
  const choices = choicesOf(inner, place.scope);
  if (choices) return choices.flatMap((choice) => pathsIn(place, choice, before));
  return objectsIn(inner, place.scope).flatMap((object) => pathsOfObject(place, object, before));
}

function pathsOfObject(place: Place, object: ts.ObjectLiteralExpression, before: readonly string[]): Related[] {
  const entries = entriesOf(object, place.scope);
  const path = entries.find(({ name }) => name === "path");
  if (!path) return entries.flatMap((entry) => pathsOfEntry(place, entry, before));
  const own = pathsIn(place, valueNode(path), before);
  const deeper = entries.filter(({ name }) => name === "populate");
  const start = own[0]?.path ?? [...before];
  return [...own, ...deeper.flatMap((entry) => pathsIn(place, valueNode(entry), start))];
}

function pathsOfEntry(place: Place, entry: Entry, before: readonly string[]): Related[] {
  const value = entry.value && unwrap(entry.value);
  if (value?.kind === ts.SyntaxKind.FalseKeyword) return [];
  const path = [...before, ...entry.name.split(".")];
  const deeper = value && mayBeObject(entry) ? objectsIn(value, place.scope) : [];
  return [at(place, entry.node, path), ...deeper.flatMap((object) => pathsOfObject(place, object, path))];
}

// `given ?? ["author"]`, `deep ? ["author.team"] : []`, `...(deep ? ["author"] : [])`, and what a local constant lists
function choicesOf(node: ts.Expression, scope: Scope): readonly ts.Expression[] | null {
  if (ts.isConditionalExpression(node)) return [node.whenTrue, node.whenFalse];
  if (ts.isBinaryExpression(node)) return [node.left, node.right];
  const binding = ts.isIdentifier(node) ? findBinding(scope, node.text) : undefined;
  return binding?.kind === "list" ? [binding.node] : null;
}

// Sequelize: a model, the name of an association, `{ model, include }`, `{ association, include }`, a list of those
function includes(place: Place, node: ts.Expression, before: string[], from: ModelRef | null): Related[] {
  const inner = unwrap(node);
  if (ts.isArrayLiteralExpression(inner)) {
    return inner.elements.flatMap((element) =>
      includes(place, ts.isSpreadElement(element) ? element.expression : element, before, from),
    );
  }
  const choices = choicesOf(inner, place.scope);
  if (choices) return choices.flatMap((choice) => includes(place, choice, before, from));
  if (ts.isStringLiteralLike(inner)) return [at(place, inner, [...before, ...inner.text.split(".")], from)];
  const objects = objectsIn(inner, place.scope);
  if (objects.length > 0) return objects.flatMap((object) => includesOfObject(place, object, before, from));
  return includeOfValue(place, inner, before, from);
}

function includesOfObject(
  place: Place,
  object: ts.ObjectLiteralExpression,
  before: string[],
  from: ModelRef | null,
): Related[] {
  const entries = entriesOf(object, place.scope);
  const named = (name: string): ts.Expression | null => {
    const entry = entries.find((candidate) => candidate.name === name);
    return entry ? valueNode(entry) : null;
  };
  const [association, model, deeper] = [named("association"), named("model"), named("include")];
  const ref = model ? valueOf(model, place.scope) : null;
  const own = association ? includes(place, association, before, from) : ref ? [at(place, object, [], ref)] : [];
  const [first] = own;
  return deeper && first ? [...own, ...includes(place, deeper, first.path, first.model)] : own;
}

// `User`, `User.scope("active")`, `Document.associations.collection`
function includeOfValue(place: Place, node: ts.Expression, before: string[], from: ModelRef | null): Related[] {
  if (ts.isPropertyAccessExpression(node) && /^(?:associations)$/.test(lastName(node.expression))) {
    return [at(place, node, [...before, node.name.text], from)];
  }
  const ref = valueOf(node, place.scope);
  return ref ? [at(place, node, [], ref)] : [];
}

function lastName(node: ts.Expression): string {
  const inner = unwrap(node);
  return ts.isPropertyAccessExpression(inner) ? lastSegment(inner.name.text) : "";
}

// TypeORM: { alias: "u", leftJoinAndSelect: { posts: "u.posts" } }
function joinOption(place: Place, node: ts.Expression): Related[] {
  return objectsIn(node, place.scope).flatMap((object) =>
    entriesOf(object, place.scope)
      .filter(({ name }) => JOIN.test(name))
      .flatMap((entry) => {
        const aliases = new Map<string, string[]>();
        return objectsIn(valueNode(entry), place.scope)
          .flatMap((joins) => entriesOf(joins, place.scope))
          .flatMap((join) => {
            const path = aliasedPath((join.value && text(join.value)) ?? "", aliases);
            if (path) aliases.set(join.name, path);
            return path ? [at(place, join.node, path)] : [];
          });
      }),
  );
}

const COLLECTION_STAGES: Readonly<Record<string, "read" | "write">> = {
  $lookup: "read",
  $graphLookup: "read",
  $unionWith: "read",
  $merge: "write",
  $out: "write",
};

function stageCollections(place: Place, entry: Entry): Related[] {
  const mode = own(COLLECTION_STAGES, entry.name);
  if (!mode || !entry.value) return [];
  const whole = text(entry.value);
  const named = objectsIn(entry.value, place.scope)
    .flatMap((object) => entriesOf(object, place.scope))
    .filter(({ name }) => /^(?:from|coll|into)$/.test(name))
    .flatMap(({ value }) => (value ? (text(value) ?? []) : []));
  return [...(whole === null ? [] : [whole]), ...named].map((key) => ({
    ...at(place, entry.node, [], { kind: "key", key }),
    mode,
  }));
}
