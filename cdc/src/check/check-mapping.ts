// Whether each side understands its half of the mapping. Nothing is guessed: the server itself is asked to prepare a statement
// of just that expression, over empty values of the declared columns' types, and its own words go into the complaint.

import { ExitCode } from "@strangler/platform";
import type { ResolvedTable } from "../catalog/resolved-table.ts";
import type { StreamProblem } from "../errors.ts";
import type { Expression, TablePlan } from "../plan/stream-plan.ts";
import { quoteName, quoteTable } from "../postgres/quote.ts";
import type { Session } from "../postgres/session.ts";

export async function checkMapping(
  plan: TablePlan,
  table: ResolvedTable,
  source: Session,
  target: Session,
): Promise<StreamProblem[]> {
  const problems: StreamProblem[] = [];
  for (const name of Object.keys(plan.columns))
    problems.push(...(await checkColumn(name, plan, table, source, target)));
  if (plan.where !== undefined) problems.push(...(await checkFilter(plan.where, plan, table, source, target)));
  return problems;
}

// --- internal ---

async function checkColumn(
  name: string,
  plan: TablePlan,
  table: ResolvedTable,
  source: Session,
  target: Session,
): Promise<StreamProblem[]> {
  const mapped = plan.columns[name] ?? "";
  if (typeof mapped !== "string") {
    const onSource = await checkExpression(`"${name}" of ${plan.to}`, mapped, table, source);
    if (onSource.length > 0) return onSource;
  }
  const from = typeof mapped === "string" ? [mapped] : mapped.from;
  const value = typeof mapped === "string" ? quoteName(mapped) : `(${mapped.expression})`;
  const insert = `INSERT INTO ${quoteTable(table.to)} (${quoteName(name)}) OVERRIDING SYSTEM VALUE`;
  const refusal = await prepare(target, `${insert} SELECT ${value} FROM ${emptyRow(table, from)}`);
  if (refusal === undefined) return [];
  const what = typeof mapped === "string" ? `"${mapped}" of ${plan.from}` : `the expression ${mapped.expression}`;
  return [refused("TYPE_NOT_TAKEN", `The target's "${name}" of ${plan.to} cannot take ${what}: ${refusal}.`)];
}

async function checkFilter(
  where: Expression,
  plan: TablePlan,
  table: ResolvedTable,
  source: Session,
  target: Session,
): Promise<StreamProblem[]> {
  const onSource = await checkExpression(`the filter of ${plan.from}`, where, table, source);
  if (onSource.length > 0) return onSource;
  const refusal = await prepare(target, `SELECT FROM ${emptyRow(table, where.from)} WHERE (${where.expression})`);
  if (refusal === undefined) return [];
  return [refused("FILTER_NOT_UNDERSTOOD", `The target does not understand the filter of ${plan.from}: ${refusal}.`)];
}

async function checkExpression(
  what: string,
  { expression, from }: Expression,
  table: ResolvedTable,
  source: Session,
): Promise<StreamProblem[]> {
  const columns = from.map(quoteName).join(", ");
  // Only the declared columns are in sight, so that an undeclared one is found here and not in the middle of the stream.
  const rows = `(SELECT ${columns} FROM ${quoteTable(table.from)}) AS ${quoteName(table.from.name)}`;
  const refusal = await prepare(source, `SELECT (${expression})::pg_catalog.text FROM ${rows}`);
  if (refusal === undefined) return [];
  const reason = `The source does not understand ${what}, ${expression}: ${refusal}.`;
  return [
    refused(
      "EXPRESSION_NOT_UNDERSTOOD",
      `${reason} It may use the columns it declares under \`from\`: ${from.join(", ")}.`,
    ),
  ];
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

function refused(problem: string, sentence: string): StreamProblem {
  return { problem, exitCode: ExitCode.configuration, sentence };
}
