import type { AccessMode } from "../../../source-facts.ts";
import type { Chain, Step } from "../chain.ts";
import { ts } from "../compiler.ts";
import { dottedName, firstSegment, lastSegment, unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import { findBinding, type Scope } from "../scope.ts";
import { addAccess, type Related } from "./access.ts";
import { entriesOf, objectsIn } from "./objects.ts";
import { reachedBy } from "./prisma-reach.ts";

/**
 * `prisma.user.findMany({ include: { posts: true } })`, whatever the client is called: any model key counts that a
 * schema declares, as long as name, type or arguments show that the object in front is a client of Prisma.
 */
export function recordPrismaAccess(recorder: Recorder, chain: Chain, scope: Scope): void {
  for (const [position, step] of chain.steps.entries()) {
    const mode = OPERATIONS.get(step.name);
    const delegate = mode && delegateOf(step);
    if (!mode || !delegate || !isClient(recorder, delegate.client, step, scope)) continue;

    const related = [
      ...reachedBy(recorder, step.args[0], scope),
      ...chainedRelations(recorder, chain.steps.slice(position + 1), scope),
    ];
    const model = { kind: "key", key: delegate.key } as const;
    addAccess(
      recorder,
      scope,
      { start: chain.start, whole: step.node },
      { mapper: "prisma", model, mode, related, unsure: true },
    );
    return;
  }
}

// --- internal ---

const OPERATIONS: ReadonlyMap<string, AccessMode> = new Map([
  ...["findUnique", "findUniqueOrThrow", "findFirst", "findFirstOrThrow", "findMany", "count", "aggregate"].map(
    (name) => [name, "read"] as const,
  ),
  ...["groupBy", "findRaw", "aggregateRaw"].map((name) => [name, "read"] as const),
  ...["create", "createMany", "createManyAndReturn", "update", "updateMany", "updateManyAndReturn"].map(
    (name) => [name, "write"] as const,
  ),
  ...["upsert", "delete", "deleteMany"].map((name) => [name, "write"] as const),
]);

type Delegate = { client: ts.Expression; key: string };

// `client.user` of `client.user.create(...)`, also `client["user"]`
function delegateOf(step: Step): Delegate | null {
  const callee = unwrap(step.node.expression);
  const delegate = ts.isPropertyAccessExpression(callee) ? unwrap(callee.expression) : undefined;
  if (!delegate) return null;
  if (ts.isPropertyAccessExpression(delegate)) return { client: delegate.expression, key: delegate.name.text };
  if (!ts.isElementAccessExpression(delegate)) return null;
  const index = unwrap(delegate.argumentExpression);
  return ts.isStringLiteralLike(index) ? { client: delegate.expression, key: index.text } : null;
}

const CLIENT_NAME =
  /prisma|^_?(?:db|database|tx|trx|txn|t|client|conn|connection|orm|transaction)_?$|(?:Client|Db|DB|Tx|Trx|Transaction)$/i;
const OTHER_NAME = /(?:query|models?|api|caller|trpc|service|services|store|stores|repository|repositories)$/i;
const ARGUMENT_NAMES = new Set(["where", "data", "select", "include", "orderBy", "cursor", "distinct", "by", "_count"]);

function isClient(recorder: Recorder, client: ts.Expression, step: Step, scope: Scope): boolean {
  const inner = unwrap(client);
  // `client.$extends(...).user`, `getPrisma().user`
  if (ts.isCallExpression(inner)) return /^\$|prisma|client/i.test(calledName(inner));
  // `(tx ?? this.prisma).user`
  if (ts.isBinaryExpression(inner))
    return [inner.left, inner.right].some((side) => isClient(recorder, side, step, scope));
  const name = dottedName(inner);
  if (name === null) return false;
  if (name === "this") return extendsPrisma(recorder, scope);
  const last = lastSegment(name);
  if (CLIENT_NAME.test(last) || hasPrismaType(recorder, name, scope)) return true;
  return !OTHER_NAME.test(last) && hasPrismaArguments(step, scope);
}

function calledName(call: ts.CallExpression): string {
  const callee = unwrap(call.expression);
  return ts.isPropertyAccessExpression(callee) ? callee.name.text : (dottedName(callee) ?? "");
}

function extendsPrisma(recorder: Recorder, scope: Scope): boolean {
  return recorder.facts.classes.some(({ name, base }) => name === scope.className && /prisma/i.test(base ?? ""));
}

function hasPrismaType(recorder: Recorder, name: string, scope: Scope): boolean {
  const binding = findBinding(scope, firstSegment(name));
  if (binding?.kind === "instance" && name === firstSegment(name)) return /prisma/i.test(binding.type);
  if (!name.startsWith("this.")) return false;
  const fields = recorder.facts.classes.find((fact) => fact.name === scope.className)?.fields;
  return /prisma/i.test(fields?.[name.slice("this.".length)] ?? "");
}

function hasPrismaArguments(step: Step, scope: Scope): boolean {
  return objectsIn(step.args[0], scope).some((object) =>
    entriesOf(object, scope).some(({ name }) => ARGUMENT_NAMES.has(name)),
  );
}

// `prisma.user.findUnique(...).posts()` reads the relation as well.
function chainedRelations(recorder: Recorder, steps: readonly Step[], scope: Scope): Related[] {
  const end = steps.findIndex(({ name }) => /^(?:then|catch|finally)$|^\$/.test(name));
  const path: string[] = [];
  return (end < 0 ? steps : steps.slice(0, end)).flatMap((step) => {
    path.push(step.name);
    const inner = reachedBy(recorder, step.args[0], scope, [...path]);
    return [{ path: [...path], model: null, mode: "read" as const, line: recorder.lineOf(step.node) }, ...inner];
  });
}
