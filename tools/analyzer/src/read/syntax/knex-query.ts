import type { AccessMode, StatementFact, Text } from "../../source-facts.ts";
import type { Chain, Step } from "./chain.ts";
import { ts } from "./compiler.ts";
import {
  AFTER_STEPS,
  BUILDER_STEPS,
  DATABASE_MEMBER,
  DATABASE_NAME,
  JOIN_STEPS,
  RAW_FRAGMENT_STEPS,
  TABLE_STEPS,
  WRITE_STEPS,
} from "./knex-words.ts";
import { firstSegment, isFunctionNode, lastSegment, propertyName, snippet, unwrap } from "./nodes.ts";
import type { Recorder } from "./recorder.ts";
import { findBinding, nest, type Scope } from "./scope.ts";
import { readText, readTextOrHole } from "./text.ts";

/**
 * Reads one chain of calls as a knex query: `knex('posts as p').join('authors as a', ...).update(...)`.
 * A chain that goes on with a query held in a variable, or that stands inside another query, adds to that statement.
 */
export function recordKnexQuery(recorder: Recorder, written: Chain, scope: Scope): void {
  const chain = callOfMember(written);
  const evidence = weigh(chain, scope);
  if (!evidence || setsUp(recorder, written)) return;
  const found = tablesOf(recorder, chain, scope, evidence);
  const raw = rawPieces(recorder, chain, scope);
  const continued = queryInVariable(chain, scope);
  if (continued === null && found.length === 0 && raw.length === 0) return;

  const index = continued ?? scope.statement ?? addStatement(recorder, chain, scope, evidence === "database");
  const statement = recorder.facts.statements[index];
  if (!statement) return;
  statement.tables.push(...found, ...lateWrite(recorder, chain, statement, continued !== null));
  statement.sql.push(...raw);
  statement.ownNames.push(...namesDefined(chain));
  for (const step of chain.steps) recorder.queries.set(step.node, index);
  shareWithSubqueries(recorder, chain, scope, index);
}

/** True where the name is known or named like a knex instance or transaction. */
export function isDatabase(scope: Scope, dotted: string): boolean {
  const binding = findBinding(scope, firstSegment(dotted));
  if (binding?.kind === "database") return true;
  if (binding && binding.kind !== "opaque" && binding.kind !== "instance") return false;
  return DATABASE_NAME.test(lastSegment(dotted));
}

// --- internal ---

// `this.db('posts')` is a call of `this.db`, like `db('posts')` is one of `db`.
function callOfMember(chain: Chain): Chain {
  const [first, ...rest] = chain.steps;
  if (!first || chain.head === null || !DATABASE_MEMBER.test(first.name)) return chain;
  return { ...chain, head: `${chain.head}.${first.name}`, steps: [{ ...first, name: "" }, ...rest] };
}

// `knex(config)` of the package itself, `Model.knex(db)` of Objection, `transaction(Model, callback)`: no queries yet.
function setsUp(recorder: Recorder, { head, steps }: Chain): boolean {
  const [first, ...others] = steps;
  if (!first || others.length > 0 || head === null) return false;
  if (first.name === "" && first.args.some((argument) => isFunctionNode(unwrap(argument)))) return true;
  if (first.name !== "") return first.name === "knex" && /^[A-Z]/.test(lastSegment(head));
  return recorder.facts.imports.some(
    ({ specifier, names }) => specifier === "knex" && names.some(({ local }) => local === head),
  );
}

type Evidence = "database" | "builder";

function weigh(chain: Chain, scope: Scope): Evidence | null {
  if (chain.head?.endsWith(".schema") || chain.head?.endsWith(".fn")) return null;
  if (queryInVariable(chain, scope) !== null) return "database";
  if (chain.head !== null && isDatabase(scope, chain.head)) return "database";
  if (chain.head === "this" && scope.statement !== null) return "database";
  return chain.steps.some((step) => BUILDER_STEPS.has(step.name)) ||
    (has(chain, "select") && has(chain, "from")) ||
    (has(chain, "insert") && has(chain, "into"))
    ? "builder"
    : null;
}

function has(chain: Chain, name: string): boolean {
  return chain.steps.some((step) => step.name === name);
}

function queryInVariable(chain: Chain, scope: Scope): number | null {
  const binding = chain.head === null ? undefined : findBinding(scope, chain.head);
  return binding?.kind === "query" ? binding.statement : null;
}

function addStatement(recorder: Recorder, chain: Chain, scope: Scope, certain: boolean): number {
  const last = chain.steps.at(-1)?.node ?? chain.start;
  const statement: StatementFact = {
    line: recorder.lineOf(chain.start),
    in: scope.functionName,
    transaction: scope.transaction,
    source: "knex",
    certain,
    code: snippet(recorder.source, last),
    tables: [],
    ownNames: [],
    sql: [],
  };
  return recorder.facts.statements.push(statement) - 1;
}

type Found = { name: Text; mode: AccessMode; line: number };

function tablesOf(recorder: Recorder, chain: Chain, scope: Scope, evidence: Evidence): Found[] {
  const rootMode: AccessMode = chain.steps.some((step) => WRITE_STEPS.has(step.name)) ? "write" : "read";
  return chain.steps.flatMap((step, position): Found[] => {
    const isRoot = isRootStep(chain, step, position);
    if (!isRoot && !JOIN_STEPS.has(step.name)) return [];
    const line = recorder.lineOf(step.args[0] ?? step.node);
    return tableArguments(recorder, step, scope, evidence).map((name) => ({
      name,
      mode: isRoot ? rootMode : "read",
      line,
    }));
  });
}

// `knex('t')`, `.from('t')`, `trx.batchInsert('t', rows)`
function isRootStep(chain: Chain, step: Step, position: number): boolean {
  if (TABLE_STEPS.has(step.name) || step.name === "batchInsert") return true;
  return position === 0 && step.name === "" && chain.head !== null;
}

function tableArguments(recorder: Recorder, step: Step, scope: Scope, evidence: Evidence): Text[] {
  const argument = step.args[0] && unwrap(step.args[0]);
  if (!argument || isFunctionNode(argument)) return [];
  if (ts.isObjectLiteralExpression(argument)) return aliasedTables(recorder, argument, scope);
  const text = readText(recorder.source, argument, scope);
  if (text) return looksLikeTable(text) ? [text] : [];
  // Only a chain that is surely a query may report a table without a name: `knex(table)`.
  return evidence === "database" && (ts.isIdentifier(argument) || ts.isPropertyAccessExpression(argument))
    ? [readTextOrHole(recorder.source, argument, scope)]
    : [];
}

// `{ p: 'posts' }`
function aliasedTables(recorder: Recorder, object: ts.ObjectLiteralExpression, scope: Scope): Text[] {
  return object.properties.flatMap((property) => {
    if (!ts.isPropertyAssignment(property) || propertyName(property.name) === null) return [];
    const text = readText(recorder.source, property.initializer, scope);
    return text && looksLikeTable(text) ? [text] : [];
  });
}

function looksLikeTable(text: Text): boolean {
  const known = text.map((part) => (typeof part === "string" ? part : "x")).join("");
  return /^\s*["\w.$-]+(?:\s+(?:as\s+)?["\w]+)?\s*$/i.test(known);
}

// `.with('recent', (query) => ...)` makes `recent` a name of this statement, not a table.
function namesDefined(chain: Chain): string[] {
  return chain.steps.flatMap(({ name, args: [first] }) =>
    /^with(?:Recursive|Materialized|NotMaterialized)?$/.test(name) && first && ts.isStringLiteralLike(first)
      ? [first.text]
      : [],
  );
}

function rawPieces(recorder: Recorder, chain: Chain, scope: Scope): StatementFact["sql"] {
  return chain.steps.flatMap((step) => {
    const argument = step.args[0];
    const fragment = RAW_FRAGMENT_STEPS.has(step.name);
    if (!argument || (!fragment && step.name !== "raw")) return [];
    const text = readText(recorder.source, argument, scope);
    recorder.done.add(unwrap(argument));
    // `db.raw` inside a query is an expression, not a statement of its own.
    const inside = fragment || scope.statement !== null || chain.steps.length > 1;
    return text ? [{ text, fragment: inside, line: recorder.lineOf(argument) }] : [];
  });
}

// `const query = knex('posts'); ... query.update(...)` turns an earlier read into a write.
function lateWrite(recorder: Recorder, chain: Chain, statement: StatementFact, continued: boolean): Found[] {
  const write = continued && chain.steps.find((step) => WRITE_STEPS.has(step.name));
  const root = statement.tables[0];
  return write && root ? [{ name: root.name, mode: "write", line: recorder.lineOf(write.node) }] : [];
}

function shareWithSubqueries(recorder: Recorder, chain: Chain, scope: Scope, statement: number): void {
  for (const step of chain.steps) {
    const inner = nest(scope, { statement: AFTER_STEPS.has(step.name) ? null : statement });
    for (const argument of step.args) if (!recorder.scopes.has(argument)) recorder.scopes.set(argument, inner);
  }
}
