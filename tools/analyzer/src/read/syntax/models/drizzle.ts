import type { AccessMode } from "../../../source-facts.ts";
import type { Chain, Step } from "../chain.ts";
import { ts } from "../compiler.ts";
import { unwrap } from "../nodes.ts";
import type { Recorder } from "../recorder.ts";
import type { Scope } from "../scope.ts";
import { addBuiltAccess, type Related } from "./access.ts";
import { entriesOf, objectsIn } from "./objects.ts";
import { valueOf } from "./values.ts";

/**
 * `db.select().from(users).leftJoin(posts, ...)`, `db.insert(users)`, `db.query.users.findMany({ with: ... })`. Names
 * that are no tables are dropped when linking: `map.delete(user)` looks the same.
 */
export function recordDrizzleQuery(recorder: Recorder, chain: Chain, scope: Scope): void {
  const root = rootOf(chain, scope) ?? relationalRoot(recorder, chain, scope);
  if (!root) return;
  const joins = chain.steps.flatMap((step) => (step === root.step ? [] : joinOf(recorder, step, scope)));
  const { mode, model } = root;
  const related = [...joins, ...root.related];
  addBuiltAccess(recorder, scope, chain, { mapper: "drizzle", model, mode, related, unsure: true });
}

// --- internal ---

type Root = { step: Step; mode: AccessMode; model: NonNullable<ReturnType<typeof valueOf>>; related: Related[] };

const WRITES = new Set(["insert", "update", "delete"]);
const SELECTS = new Set(["select", "selectDistinct", "selectDistinctOn"]);
const JOIN = /^(?:left|right|inner|full|cross)Join(?:Lateral)?$/;

function rootOf(chain: Chain, scope: Scope): Root | null {
  const selects = chain.steps.some((step) => SELECTS.has(step.name));
  for (const step of chain.steps) {
    const mode = WRITES.has(step.name) ? "write" : isRead(step, selects) ? "read" : null;
    const argument = step.args[0] && unwrap(step.args[0]);
    if (mode === null || !argument || !(ts.isIdentifier(argument) || ts.isPropertyAccessExpression(argument))) continue;
    const model = valueOf(argument, scope);
    if (model) return { step, mode, model, related: [] };
  }
  return null;
}

function isRead(step: Step, selects: boolean): boolean {
  return (step.name === "from" && selects) || step.name === "$count";
}

function joinOf(recorder: Recorder, step: Step, scope: Scope): Related[] {
  const table = step.args[0];
  if (!table || (!JOIN.test(step.name) && step.name !== "from")) return [];
  const model = valueOf(table, scope);
  return model ? [{ path: [], model, mode: "read", line: recorder.lineOf(table) }] : [];
}

const RELATIONAL = new Set(["findMany", "findFirst"]);

// `db.query.users.findMany(...)`, also `this.db.query["users"]`
function relationalRoot(recorder: Recorder, chain: Chain, scope: Scope): Root | null {
  const step = chain.steps.find(({ name }) => RELATIONAL.has(name));
  const callee = step && unwrap(step.node.expression);
  const table = callee && ts.isPropertyAccessExpression(callee) ? unwrap(callee.expression) : undefined;
  if (!step || !table || !ts.isPropertyAccessExpression(table)) return null;
  const query = unwrap(table.expression);
  if (!ts.isPropertyAccessExpression(query) || !/^_?query$/.test(query.name.text)) return null;
  const related = withRelations(recorder, step.args[0], scope, []);
  return { step, mode: "read", model: { kind: "key", key: table.name.text }, related };
}

const MOST_LEVELS = 8;

function withRelations(
  recorder: Recorder,
  args: ts.Expression | undefined,
  scope: Scope,
  path: readonly string[],
): Related[] {
  if (path.length > MOST_LEVELS) return [];
  const named = (node: ts.Expression | undefined, name: string): ts.Expression[] =>
    objectsIn(node, scope).flatMap((object) =>
      entriesOf(object, scope).flatMap((entry) => (entry.name === name && entry.value ? [entry.value] : [])),
    );
  return named(args, "with").flatMap((relations) =>
    objectsIn(relations, scope).flatMap((object) =>
      entriesOf(object, scope).flatMap((entry): Related[] => {
        const to = [...path, entry.name];
        const inner = withRelations(recorder, entry.value ?? undefined, scope, to);
        return [{ path: to, model: null, mode: "read", line: recorder.lineOf(entry.node) }, ...inner];
      }),
    ),
  );
}
