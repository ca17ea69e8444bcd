// A row that enters the filter, or an expression over several columns, needs values that the log leaves out when they are large
// and did not change. Pure.

import { sourceColumns } from "../plan/column-plan.ts";
import { findColumn, type Both } from "./both-tables.ts";
import { list, planProblem, type PlanProblem } from "./problem.ts";

export function checkLargeValues({ plan, place, source }: Both): PlanProblem[] {
  if (source.replicaIdentity === "full") return [];
  const large = (names: readonly string[]) =>
    [...new Set(names)].filter((name) => findColumn(source, name)?.mayLieApart === true);
  const remedy = `ALTER TABLE ${plan.from} REPLICA IDENTITY FULL.`;
  const problems: PlanProblem[] = [];
  const all = large([...(plan.where?.from ?? []), ...Object.values(plan.columns).flatMap(sourceColumns)]);
  if (plan.where !== undefined && all.length > 0) {
    const reason = `${plan.from} is filtered, and a row that comes to fulfil the filter needs all its values, but the log leaves out large ones that did not change (${list(all)}).`;
    problems.push(planProblem("FILTER_NEEDS_FULL_ROWS", `tables.${place}.where`, `${reason} ${remedy}`));
  }
  if (plan.part === true && all.length > 0) {
    const reason = `${plan.from} fills a part of the rows of ${plan.to}; when such a row gets another key its values are written anew, but the log leaves out large ones that did not change (${list(all)}).`;
    problems.push(planProblem("PART_NEEDS_FULL_ROWS", `tables.${place}.part`, `${reason} ${remedy}`));
  }
  for (const [name, column] of Object.entries(plan.columns)) {
    const from = sourceColumns(column);
    if (from.length < 2 || large(from).length === 0) continue;
    const reason = `The expression for "${name}" of ${plan.to} reads several columns, and the log leaves out large ones that did not change (${list(large(from))}).`;
    const path = `tables.${place}.columns.${name}`;
    problems.push(planProblem("EXPRESSION_NEEDS_FULL_ROWS", path, `${reason} ${remedy}`));
  }
  return problems;
}
