// Whether a row has a name on both sides, and whether the log tells it. Pure.

import { findColumn, identityColumns, isUnique, type Both } from "./both-tables.ts";
import { list, planProblem, type PlanProblem } from "./problem.ts";

export function checkNames({ plan, place, source }: Both): PlanProblem[] {
  const path = `tables.${place}.key`;
  const key = plan.key.map((name) => plan.columns[name]).filter((column) => typeof column === "string");
  if (!isUnique(source, key, false)) return [notUnique({ plan, source }, key, path)];
  const nullable = key.filter((name) => findColumn(source, name)?.notNull !== true);
  if (nullable.length > 0) {
    const reason = `The key of the source's ${plan.from} may be null (${list(nullable)}).`;
    const remedy = `ALTER TABLE ${plan.from} ALTER COLUMN ${nullable[0]} SET NOT NULL.`;
    return [planProblem("KEY_NULLABLE", path, `${reason} ${remedy}`)];
  }
  // What the log tells of a row's name before a change is its replica identity.
  const identity = identityColumns(source);
  if (identity === "all" || key.every((name) => identity.includes(name))) return [];
  const reason = `The log of ${plan.from} does not name a row by ${list(key)}: its replica identity is "${source.replicaIdentity}" (${identity.join(", ") || "no column"}).`;
  const remedy = `ALTER TABLE ${plan.from} REPLICA IDENTITY FULL, or use its primary key.`;
  return [planProblem("REPLICA_IDENTITY", path, `${reason} ${remedy}`)];
}

export function checkTargetKey({ plan, place, target }: Both): PlanProblem[] {
  if (isUnique(target, plan.key, true)) return [];
  const reason = `The target's ${plan.to} has no primary key or unique index on exactly ${list(plan.key)} that is not deferrable.`;
  const remedy = `CREATE UNIQUE INDEX ON ${plan.to} (${plan.key.join(", ")}).`;
  return [planProblem("TARGET_KEY_NOT_UNIQUE", `tables.${place}.key`, `${reason} ${remedy}`)];
}

// --- internal ---

function notUnique({ plan, source }: Pick<Both, "plan" | "source">, key: readonly string[], path: string): PlanProblem {
  const without = source.uniqueKeys.length === 0 ? "has no primary key" : `is not unique by ${list(key)}`;
  const keys = source.uniqueKeys.map(({ columns }) => `(${columns.join(", ")})`).join(" or ");
  const remedy =
    keys === ""
      ? `Give it one: ALTER TABLE ${plan.from} ADD PRIMARY KEY (${key.join(", ")}).`
      : `Use one of its keys: ${keys}.`;
  const sentence = `The source's ${plan.from} ${without}, so its rows cannot be told apart. ${remedy}`;
  return planProblem("NO_KEY", path, sentence);
}
