import type { StatementFact, Text } from "../../source-facts.ts";
import type { Chain } from "./chain.ts";
import { ts } from "./compiler.ts";
import { dottedName, lastSegment, propertyName, snippet, unwrap } from "./nodes.ts";
import type { Recorder } from "./recorder.ts";
import type { Scope } from "./scope.ts";
import { readTemplate, readText } from "./text.ts";

/** `pool.query('...')`, `db.raw(...)`, `client.query({ text: '...' })`: the first argument is SQL. */
export function recordQueryCall(recorder: Recorder, chain: Chain, scope: Scope): void {
  for (const step of chain.steps) {
    const argument = step.args[0] && unwrap(step.args[0]);
    if (!argument || !QUERY_STEP.test(step.name)) continue;
    const sql = ts.isObjectLiteralExpression(argument) ? textProperty(argument) : argument;
    const text = sql && !recorder.done.has(sql) ? readText(recorder.source, sql, scope) : null;
    if (!sql || !text || !STARTS_LIKE_SQL.test(knownStart(text))) continue;
    recorder.done.add(sql);
    addStatement(recorder, sql, text, scope, true);
  }
}

/** sql`select ...` and the like. */
export function recordTaggedTemplate(recorder: Recorder, node: ts.TaggedTemplateExpression, scope: Scope): void {
  const tag = dottedName(ts.isCallExpression(node.tag) ? node.tag.expression : node.tag);
  if (tag === null || !SQL_TAG.test(lastSegment(tag))) return;
  recorder.done.add(node.template);
  const text = readTemplate(recorder.source, node.template, scope);
  if (STARTS_LIKE_SQL.test(knownStart(text))) addStatement(recorder, node, text, scope, true);
}

/** Any other text that can hardly be anything but SQL, e.g. a constant at the head of a file. */
export function recordLooseSql(recorder: Recorder, node: ts.Expression, scope: Scope): void {
  if (recorder.done.has(node)) return;
  const text = readText(recorder.source, node, scope);
  if (text && SURELY_SQL.test(knownStart(text))) addStatement(recorder, node, text, scope, false);
}

// --- internal ---

const QUERY_STEP =
  /^(?:query|raw|addSql|execute|exec|prepare|unsafe|one|oneOrNone|many|manyOrNone|any|none|\$(?:query|execute)Raw\w*)$/;
const SQL_TAG = /^(?:sql|SQL|raw|query|pgsql|\$(?:query|execute)Raw)$/;
const STARTS_LIKE_SQL =
  /^\s*(?:--.*\n\s*)*\(?\s*(?:with|select|insert|update|delete|merge|truncate|copy|create|alter|drop|refresh|call|do|lock|explain)\b/i;

// Prose begins with a capital letter at most ("Select a plan from the list"); SQL in code is upper case,
// or lower case over several lines.
const SURELY_SQL =
  /^\s*(?:--.*\n\s*)*\(?\s*(?:WITH\s+(?:RECURSIVE\s+)?\w+\s+AS|SELECT\s[\s\S]*\bFROM\s|INSERT\s+INTO\s|UPDATE\s[\s\S]*\bSET\s|DELETE\s+FROM\s|MERGE\s+INTO\s|TRUNCATE\s|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP\w*\s+|UNLOGGED\s+|MATERIALIZED\s+)*(?:TABLE|VIEW|TRIGGER|FUNCTION)\s|ALTER\s+TABLE\s|(?:with\s+\w+\s+as|select\s[^\n]*\n[\s\S]*\bfrom\s|insert\s+into\s\w+\s*[(\n]|update\s+\w+\s*(?:\w+\s*)?\n?\s*set\s|delete\s+from\s+\w+\s*\n?\s*(?:where|using)\s))/;

function knownStart(text: Text): string {
  return text.map((part) => (typeof part === "string" ? part : " hole ")).join("");
}

function addStatement(recorder: Recorder, node: ts.Node, text: Text, scope: Scope, certain: boolean): void {
  const inside = scope.statement === null ? undefined : recorder.facts.statements[scope.statement];
  const piece = { text, fragment: false, line: recorder.lineOf(node) };
  if (inside) {
    inside.sql.push(piece);
    return;
  }
  const statement: StatementFact = {
    line: piece.line,
    in: scope.functionName,
    transaction: scope.transaction,
    source: "sql",
    certain,
    code: snippet(recorder.source, node),
    tables: [],
    ownNames: [],
    sql: [piece],
  };
  recorder.facts.statements.push(statement);
}

function textProperty(object: ts.ObjectLiteralExpression): ts.Expression | null {
  for (const property of object.properties) {
    if (!ts.isPropertyAssignment(property)) continue;
    const name = propertyName(property.name);
    if (name === "text" || name === "sql") return unwrap(property.initializer);
  }
  return null;
}
