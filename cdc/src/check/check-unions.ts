// Whether the constants that keep the rows of several tables apart in one target are different to the target, too: '1' and '01' are one
// number.

import type { ResolvedTable } from "../catalog/resolved-table.ts";
import { apartBy } from "../plan/contradictions.ts";
import type { Session } from "../postgres/session.ts";
import type { BothTables } from "./both-tables.ts";
import { planProblem, type PlanProblem } from "./problem.ts";

export async function checkUnions(
  found: readonly BothTables[],
  tables: readonly ResolvedTable[],
  target: Session,
): Promise<PlanProblem[]> {
  const problems: PlanProblem[] = [];
  for (const [place, { plan }] of found.entries()) {
    for (const [before, other] of found.slice(0, place).entries()) {
      const column = other.plan.to === plan.to ? apartBy(plan, other.plan) : undefined;
      if (column === undefined) continue;
      const sql = (at: number) => tables[at]?.columns.find(({ name }) => name === column)?.targetSql ?? "NULL";
      const { rows } = await target.query<{ same: string }>(`SELECT ${sql(place)} = ${sql(before)} AS same`);
      if (rows[0]?.same !== "t") continue;
      const sentence = `The rows of ${plan.from} and of ${other.plan.from} are kept apart in ${plan.to} by "${column}", but its two constants are the same value to the target. Give each one of its own.`;
      problems.push(planProblem("ROWS_NOT_APART", `tables.${place}.columns.${column}`, sentence));
    }
  }
  return problems;
}
