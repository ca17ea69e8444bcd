import type { AccessFact, AccessMode, ModelRef } from "../../../source-facts.ts";
import type { Chain, Step } from "../chain.ts";
import { ts } from "../compiler.ts";
import { unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { addAccess } from "./access.ts";
import { MANAGER } from "./mapper-words.ts";
import { JOIN, joined, text } from "./related.ts";
import { localValue, valueOf } from "./values.ts";

/**
 * `repository.createQueryBuilder("u").leftJoin("u.posts", "p")`, `manager.createQueryBuilder().delete().from(User)`, and
 * what is added later to a builder that a variable holds. True where the chain is one of these.
 */
export function recordQueryBuilder(recorder: Recorder, chain: Chain, scope: Scope): boolean {
  const position = chain.steps.findIndex(({ name }) => CREATES.test(name));
  const step = chain.steps[position];
  const callee = step && unwrap(step.node.expression);
  if (!callee) return recordContinuation(recorder, chain, scope) || recordNamedTarget(recorder, chain, scope);
  if (!ts.isPropertyAccessExpression(callee)) return false;
  const later = chain.steps.slice(position + 1);
  const [first] = step.args;
  const given = first && text(first) === null ? valueOf(first, scope) : null;
  const named = targetOf(later, scope) ?? given;
  const tied = later.find(({ name }) => name === "relation");
  const model = (tied && modelOfRelation(tied, scope)) ?? named ?? valueOf(callee.expression, scope);
  if (!model) return true;
  addQuery(recorder, chain, scope, step, later, model);
  return true;
}

// --- internal ---

function addQuery(
  recorder: Recorder,
  chain: Chain,
  scope: Scope,
  step: Step,
  later: readonly Step[],
  model: ModelRef,
): void {
  const start = { start: chain.start, whole: chain.steps.at(-1)?.node ?? step.node };
  const relation = later.find(({ name }) => name === "relation");
  if (relation) {
    const related = tiedRelation(recorder, relation, later);
    addAccess(recorder, scope, start, { mapper: null, model, ...related });
    return;
  }
  const aliases = aliasesOf(recorder, scope);
  for (const name of rootAliases(step, later)) aliases.set(name, []);
  const related = joined(recorder, later, aliases, scope);
  addAccess(recorder, scope, start, { mapper: null, model, mode: modeOf(later), related });
}

// `query.leftJoin("u.posts", "p")`: only what it adds counts.
function recordContinuation(recorder: Recorder, chain: Chain, scope: Scope): boolean {
  if (chain.head === null || !chain.steps.some(({ name }) => JOIN.test(name))) return false;
  const model = localValue(chain.head, scope) ?? valueOf(chain.start, scope);
  const related = model ? joined(recorder, chain.steps, aliasesOf(recorder, scope), scope) : [];
  if (!model || related.length === 0) return false;
  const whole = chain.steps.at(-1)?.node ?? chain.start;
  const call = "leftJoin";
  addAccess(
    recorder,
    scope,
    { start: chain.start, whole },
    { mapper: null, model, mode: "read", call, partial: true, related },
  );
  return true;
}

// `builder.select("u.id").from(User, "u")`, also in the callback of a join: whose builder it is does not matter.
function recordNamedTarget(recorder: Recorder, chain: Chain, scope: Scope): boolean {
  const step = chain.steps.find(({ name, args: [first] }) => {
    const target = first && /^(?:from|into)$/.test(name) ? unwrap(first) : null;
    return target !== null && ts.isIdentifier(target) && /^[A-Z]/.test(target.text);
  });
  const model = step && chain.steps.length > 1 ? targetOf([step], scope) : null;
  if (!step || !model) return false;
  const aliases = aliasesOf(recorder, scope);
  for (const name of rootAliases(step, [])) aliases.set(name, []);
  const related = joined(recorder, chain.steps, aliases, scope);
  const call = `${MANAGER}createQueryBuilder`;
  const whole = chain.steps.at(-1)?.node ?? step.node;
  addAccess(
    recorder,
    scope,
    { start: step.args[0] ?? step.node, whole },
    { mapper: null, model, mode: modeOf(chain.steps), call, related },
  );
  return true;
}

const CREATES = /^(?:createQueryBuilder|qb)$/;
const WRITES = /^(?:delete|update|insert|softDelete|restore)$/;

function modeOf(later: readonly Step[]): AccessMode {
  return later.some(({ name }) => WRITES.test(name)) ? "write" : "read";
}

// `.delete().from(User)`, `.insert().into(User)`, `.update(User)`, `.select().from(User, "u")`
function targetOf(later: readonly Step[], scope: Scope): ModelRef | null {
  for (const { name, args } of later) {
    const [first] = args;
    if (!first || !/^(?:from|into|update)$/.test(name)) continue;
    const inner = unwrap(first);
    const key = text(inner);
    if (key !== null) return { kind: "key", key };
    const model = ts.isObjectLiteralExpression(inner) ? null : valueOf(inner, scope);
    if (model) return model;
  }
  return null;
}

function rootAliases(step: Step, later: readonly Step[]): string[] {
  const naming = [step, ...later.filter(({ name }) => name === "from")];
  return naming.flatMap(({ args }) => args.slice(0, 2)).flatMap((argument) => text(argument) ?? []);
}

// One function seldom uses an alias for two things.
function aliasesOf(recorder: Recorder, scope: Scope): Map<string, string[]> {
  const key = `${scope.className ?? ""}/${scope.functionName ?? ""}`;
  const aliases = recorder.aliases.get(key) ?? new Map<string, string[]>();
  recorder.aliases.set(key, aliases);
  return aliases;
}

// `.relation(Post, "tags").of(post).add(tag)` writes the foreign key or the table between; `.loadMany()` reads.
function tiedRelation(
  recorder: Recorder,
  relation: Step,
  later: readonly Step[],
): Pick<AccessFact, "mode" | "partial" | "related"> {
  const field = relation.args.map(text).find((name) => name !== null);
  const loads = later.some(({ name }) => /^load(?:One|Many)$/.test(name));
  const mode: AccessMode = loads ? "read" : "write";
  const line = recorder.lineOf(relation.node.expression);
  const path = field?.split(".") ?? [];
  if (loads) return { mode, related: [{ path, model: null, mode, line }] };
  return { mode, partial: true, related: [{ path, model: null, mode, line, ties: true }] };
}

function modelOfRelation(relation: Step, scope: Scope): ModelRef | null {
  const [first, second] = relation.args;
  return first && second ? valueOf(first, scope) : null;
}
