// What a stream does about a change of a source table: the policies of the plan as one pure function. The log tells changes in their
// place between the rows, and tells them again after a restart that did not get past them; so a decision may depend on nothing but the
// change, the plan, and what the stream carries.

import type { ResolvedTable } from "../catalog/resolved-table.ts";
import type { PlannedSchemaChange, SchemaChangePolicy } from "../plan/stream-plan.ts";
import { isNamed, nameChange, type SchemaChange } from "./find-changes.ts";
import type { NotedColumn } from "./ddl-note.ts";

export type ChangeContext = {
  policy: SchemaChangePolicy;
  /** The plan's own words about changes of this table into this target. */
  planned: readonly PlannedSchemaChange[];
  /** How the stream carries the table at this moment. */
  table: ResolvedTable;
  /** Several entries of the plan fill the target. */
  isShared: boolean;
  /** The target's columns that the plan's changes may fill are there already. */
  hasColumn: (targetColumn: string) => boolean;
  knowsType: (type: string) => boolean;
};

export type Decision =
  | { do: "pass" }
  /** The target gets the column, and the rows that follow bring it. */
  | { do: "add"; column: NotedColumn }
  /** The target runs the plan's own SQL, and the plan's columns are filled from here on. */
  | { do: "follow plan"; planned: PlannedSchemaChange }
  | { do: "stop"; why: string; remedy: string };

export function decideChange(change: SchemaChange, context: ChangeContext): Decision {
  const planned = context.planned.find(({ on }) => isNamed(on, change));
  if (planned !== undefined && context.policy === "mapped") {
    const isDone = Object.keys(planned.columns ?? {}).some(context.hasColumn);
    return isDone ? { do: "pass" } : { do: "follow plan", planned };
  }
  return RULES[change.kind](change as never, context);
}

// --- internal ---

type Rules = {
  [Kind in SchemaChange["kind"]]: (change: Extract<SchemaChange, { kind: Kind }>, context: ChangeContext) => Decision;
};

const PASS: Decision = { do: "pass" };

const RULES: Rules = {
  add: (change, context) => {
    if (isRead(change.column.name, context) || change.column.isGenerated) return PASS;
    return context.policy === "additive" ? addColumn(change.column, context) : nobodySaid(change);
  },
  drop: ({ name }, context) =>
    isNeeded(name, context) ? stop(`the plan needs "${name}"`, "Map what takes its place, or leave it out") : PASS,
  rename: ({ from, to }, context) =>
    isNeeded(from, context) ? stop(`the plan reads "${from}"`, `Write "${to}" for "${from}" in the plan`) : PASS,
  retype: ({ column, was }, context) => {
    const input = context.table.inputs.find(({ name }) => name === column.name);
    if (input === undefined || input.typeId === column.typeId) return PASS;
    const remedy = `Give the target's column a type that takes it`;
    return stop(`the plan reads "${column.name}", which was ${was} and is ${column.label} now`, remedy);
  },
  move: ({ to }, { table }) =>
    `${table.from.schema}.${table.from.name}` === to
      ? PASS
      : stop("the plan reads it by its old name", `Write ${to} under \`from\``),
  vanish: () => stop("the stream has nothing to follow there any more", "Take the table out of the plan"),
};

function stop(why: string, remedy: string): Decision {
  return { do: "stop", why, remedy };
}

function nobodySaid(change: SchemaChange): Decision {
  const remedy = `Map it; or say "onSchemaChange: mapped" and under schemaChanges {from: ..., on: ${nameChange(change)}} to pass over it; or say "onSchemaChange: additive"`;
  return stop("the plan does not say what becomes of it", remedy);
}

function isRead(name: string, { table }: ChangeContext): boolean {
  return table.inputs.some((input) => input.name === name);
}

// What nothing but `others` brings along may go as it came.
function isNeeded(name: string, { table, policy }: ChangeContext): boolean {
  const input = table.inputs.find((candidate) => candidate.name === name);
  return input !== undefined && (policy === "stop" || input.optional !== true);
}

function addColumn(column: NotedColumn, { table, isShared, knowsType }: ChangeContext): Decision {
  if (table.others === undefined) return PASS;
  const remedy = 'Say with "onSchemaChange: mapped" what to do';
  if (isShared) return stop("several entries of the plan fill the target, and none says which", remedy);
  if (!knowsType(column.type)) return stop(`the target has no type ${column.label}`, "Create it there");
  if (column.default !== null && column.missing === null) {
    return stop(
      "the rows that were there got values of their own that the log does not tell",
      `${remedy}, and copy the table anew`,
    );
  }
  if (column.isNumbered)
    return stop(
      "the rows that were there got numbers that the log does not tell",
      `${remedy}, and copy the table anew`,
    );
  return { do: "add", column };
}
