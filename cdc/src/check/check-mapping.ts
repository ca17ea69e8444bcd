// Whether each side understands its half of the mapping. Nothing is guessed: the server itself is asked to prepare a statement
// of just that expression, over empty values of the declared columns' types, and its own words go into the complaint.

import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { sourceColumns, type ColumnPlan, type Expression } from "../plan/column-plan.ts";
import { quoteName, quoteTable, quoteText } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";
import type { Both } from "./both-tables.ts";
import { planProblem, type PlanProblem } from "./problem.ts";

export async function checkMapping(
  both: Pick<Both, "plan" | "place" | "target">,
  table: ResolvedTable,
  source: Session,
  target: Session,
): Promise<PlanProblem[]> {
  const problems: PlanProblem[] = [];
  for (const name of Object.keys(both.plan.columns)) {
    problems.push(...(await checkColumn(name, both, table, source, target)));
  }
  if (both.plan.where !== undefined)
    problems.push(...(await checkFilter(both.plan.where, both, table, source, target)));
  return problems;
}

// --- internal ---

type Entry = Pick<Both, "plan" | "place" | "target">;

async function checkColumn(
  name: string,
  entry: Entry,
  table: ResolvedTable,
  source: Session,
  target: Session,
): Promise<PlanProblem[]> {
  const { plan, place } = entry;
  const mapped = plan.columns[name] ?? "";
  const path = `tables.${place}.columns.${name}`;
  if (typeof mapped === "object" && "expression" in mapped) {
    const onSource = await checkExpression(`"${name}" of ${plan.to}`, mapped, table, source, path);
    if (onSource.length > 0) return onSource;
  }
  const words = await checkWords(name, mapped, entry, target);
  if (words.length > 0) return words;
  const insert = `INSERT INTO ${quoteTable(table.to)} (${quoteName(name)}) OVERRIDING SYSTEM VALUE`;
  const rows = emptyRow(table, sourceColumns(mapped));
  const refusal = await prepare(target, `${insert} SELECT ${valueOf(name, mapped, table)} FROM ${rows}`);
  if (refusal === undefined) return [];
  const what = describe(mapped, plan.from);
  const sentence = `The target's "${name}" of ${plan.to} cannot take ${what}: ${refusal}.`;
  return [planProblem("TYPE_NOT_TAKEN", path, sentence)];
}

function valueOf(name: string, mapped: ColumnPlan, table: ResolvedTable): string {
  if (typeof mapped === "string") return quoteName(mapped);
  if ("expression" in mapped) return `(${mapped.expression})`;
  return table.columns.find((column) => column.name === name)?.targetSql ?? "NULL";
}

function describe(mapped: ColumnPlan, table: string): string {
  if (typeof mapped === "string") return `"${mapped}" of ${table}`;
  if ("expression" in mapped) return `the expression ${mapped.expression}`;
  return "enum" in mapped ? `the translation of "${mapped.column}"` : `the constant ${mapped.constant}`;
}

// The words that a plan itself puts into a column: each must be one that its type reads, and fit it uncut.
async function checkWords(
  name: string,
  mapped: ColumnPlan,
  { plan, place, target: facts }: Entry,
  target: Session,
): Promise<PlanProblem[]> {
  const column = facts.columns.find((candidate) => candidate.name === name);
  if (typeof mapped === "string" || column === undefined) return [];
  const problems: PlanProblem[] = [];
  for (const { word, path } of wordsOf(mapped)) {
    const reason = await refuses(target, word, column);
    if (reason === undefined) continue;
    const sentence = `The target's "${name}" of ${plan.to} (${column.typeLabel}) cannot take "${word}": ${reason}.`;
    problems.push(planProblem("WORD_NOT_TAKEN", `tables.${place}.columns.${name}.${path}`, sentence));
  }
  return problems;
}

function wordsOf(mapped: Exclude<ColumnPlan, string>): { word: string; path: string }[] {
  if ("constant" in mapped) return mapped.constant === null ? [] : [{ word: mapped.constant, path: "constant" }];
  if (!("enum" in mapped)) return [];
  const words = Object.entries(mapped.enum).map(([from, word]) => ({ word, path: `enum.${from}` }));
  return typeof mapped.otherwise === "string" ? [...words, { word: mapped.otherwise, path: "otherwise" }] : words;
}

async function refuses(target: Session, word: string, { type, typeLabel }: { type: string; typeLabel: string }) {
  const text = `${quoteText(word)}::pg_catalog.text`;
  try {
    const { rows } = await target.query<{ fits: string }>(
      `SELECT ${text}::${type}::pg_catalog.text = ${text}::${typeLabel}::pg_catalog.text AS fits`,
    );
    return rows[0]?.fits === "f" ? "it would be cut or rounded" : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function checkFilter(
  where: Expression,
  { plan, place }: Entry,
  table: ResolvedTable,
  source: Session,
  target: Session,
): Promise<PlanProblem[]> {
  const path = `tables.${place}.where`;
  const onSource = await checkExpression(`the filter of ${plan.from}`, where, table, source, path);
  if (onSource.length > 0) return onSource;
  const refusal = await prepare(target, `SELECT FROM ${emptyRow(table, where.from)} WHERE (${where.expression})`);
  if (refusal === undefined) return [];
  const sentence = `The target does not understand the filter of ${plan.from}: ${refusal}.`;
  return [planProblem("FILTER_NOT_UNDERSTOOD", path, sentence)];
}

async function checkExpression(
  what: string,
  { expression, from }: Expression,
  table: ResolvedTable,
  source: Session,
  path: string,
): Promise<PlanProblem[]> {
  const columns = from.map(quoteName).join(", ");
  // Only the declared columns are in sight, so that an undeclared one is found here and not in the middle of the stream.
  const rows = `(SELECT ${columns} FROM ${quoteTable(table.from)}) AS ${quoteName(table.from.name)}`;
  const refusal = await prepare(source, `SELECT (${expression})::pg_catalog.text FROM ${rows}`);
  if (refusal === undefined) return [];
  const reason = `The source does not understand ${what}, ${expression}: ${refusal}.`;
  const remedy = `It may use the columns it declares under \`from\`: ${from.join(", ")}.`;
  return [planProblem("EXPRESSION_NOT_UNDERSTOOD", path, `${reason} ${remedy}`)];
}

function emptyRow(table: ResolvedTable, names: readonly string[]): string {
  const columns = names.map((name) => {
    const type = table.inputs.find((input) => input.name === name)?.type;
    return `NULL${type === undefined ? "" : `::${type}`} AS ${quoteName(name)}`;
  });
  return `(SELECT ${columns.join(", ")}) AS ${quoteName(table.from.name)}`;
}

/** What the server says against the statement; undefined when it would run it. */
async function prepare(session: Session, sql: string): Promise<string | undefined> {
  try {
    await session.query(`PREPARE strangler_check AS ${sql}`);
    await session.query("DEALLOCATE strangler_check");
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
