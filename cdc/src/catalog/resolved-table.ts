import { isConstant } from "../plan/column-plan.ts";
import type { TablePlan } from "../plan/stream-plan.ts";
import { quoteName, type TableName } from "../postgres/quote.ts";
import { resolveColumn } from "./resolve-column.ts";
import type { ColumnFacts, TableFacts } from "./table-facts.ts";

/** One table of a stream, with all that both catalogs say of it: what copying, following and verifying work from. */
export type ResolvedTable = {
  from: TableName;
  /** The source's own number for the table, which outlives its name. */
  fromId: number;
  to: TableName;
  /** The source columns that are needed, each once. */
  inputs: readonly Input[];
  /** The target columns, key first. */
  columns: readonly ResolvedColumn[];
  /** The target columns that name a row. */
  key: readonly ResolvedColumn[];
  /** Those of them that come from the source; the others are constants, the same for every row of this table. */
  sourceKey: readonly ResolvedColumn[];
  /** The filter, over source columns; absent when every row travels. */
  where?: string;
  /** Fills columns of rows that another table writes: never inserts, and leaves nulls where it removes. */
  part?: true;
  /** Which of the source's rows can be seen in the target, over source columns; absent when all can. At least the filter. */
  sourceWhere?: string;
  /** Which of the target's rows are this table's, over target columns; absent when all are. Several tables may fill one. */
  targetWhere?: string;
  /** The plan wants source columns under their own names that it does not name itself; `pending` are those that the target has no place for yet. */
  others?: { pending: readonly string[] };
};

export type Input = {
  /** The source column. */
  name: string;
  typeId: number;
  /** As SQL writes it, with schema and without length. */
  sourceType: string;
  /** The source's type as the target knows it; undefined when the target has no such type, and the value stays a text there. */
  type: string | undefined;
  /** The log may leave the value out when it did not change. */
  mayLieApart: boolean;
  /** The plan does not name it itself: where the log does not bring it, its columns are left alone. */
  optional?: true;
};

export type ResolvedColumn = {
  name: string;
  /** The target's type, as SQL writes it, without length (which would cut silently instead of refusing). */
  type: string;
  /** How the source computes, for comparing, what the target should hold: as the target's type where it knows that type. */
  sourceComparable: string;
  /** What the target holds, in the same form. */
  targetComparable: string;
  /** Both sides sort it the same way without being told to. */
  sortsAlike: boolean;
  inputs: readonly string[];
  /** How the source computes it for the copy. */
  sourceSql: string;
  /** How the target computes it from the inputs. */
  targetSql: string;
};

/**
 * Joins a checked plan with both catalogs. `optional` are the source columns that only `others` or a schema change of the plan brings
 * in.
 */
export function resolveTable(
  plan: TablePlan,
  source: TableFacts,
  target: TableFacts,
  typesOnTarget: ReadonlySet<string>,
  optional: ReadonlySet<string> = new Set(),
): ResolvedTable {
  const sourceOf = (name: string) => getColumn(source, name);
  const columns = Object.entries(plan.columns).map(([name, mapped]) =>
    resolveColumn(getColumn(target, name), mapped, sourceOf, typesOnTarget),
  );
  const isKey = ({ name }: ResolvedColumn) => plan.key.includes(name);
  const key = columns.filter(isKey);
  const inputs = new Set([...columns.flatMap((column) => column.inputs), ...(plan.where?.from ?? [])]);
  return {
    from: { schema: source.schema, name: source.name },
    fromId: source.id,
    to: { schema: target.schema, name: target.name },
    inputs: [...inputs].map((name) => resolveInput(sourceOf(name), typesOnTarget, optional.has(name))),
    columns: [...key, ...columns.filter((column) => !isKey(column))],
    key,
    sourceKey: key.filter((column) => column.inputs.length > 0),
    ...(plan.where === undefined ? {} : { where: plan.where.expression }),
    ...(plan.part === undefined ? {} : { part: plan.part }),
    ...shareOf(plan, columns),
    ...(plan.others === undefined ? {} : { others: { pending: pendingOf(source, inputs) } }),
  };
}

// --- internal ---

function getColumn(table: TableFacts, name: string): ColumnFacts {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw new Error(`${table.schema}.${table.name} was checked and has no column ${name}`);
  return column;
}

function resolveInput(column: ColumnFacts, typesOnTarget: ReadonlySet<string>, isOptional: boolean): Input {
  return {
    name: column.name,
    typeId: column.typeId,
    sourceType: column.type,
    type: typesOnTarget.has(column.type) ? column.type : undefined,
    mayLieApart: column.mayLieApart,
    ...(isOptional ? { optional: true as const } : {}),
  };
}

function pendingOf(source: TableFacts, inputs: ReadonlySet<string>): string[] {
  return source.columns.filter(({ name, isGenerated }) => !isGenerated && !inputs.has(name)).map(({ name }) => name);
}

// A table that shares its target with others sees only its own rows there; a part of rows is there when it has filled anything.
function shareOf(
  plan: TablePlan,
  columns: readonly ResolvedColumn[],
): Pick<ResolvedTable, "sourceWhere" | "targetWhere"> {
  const filter = plan.where === undefined ? [] : [`(${plan.where.expression})`];
  if (plan.part === true) {
    const own = columns.filter(({ name }) => !plan.key.includes(name));
    const any = (sqls: readonly string[]) => `(${sqls.map((sql) => `(${sql}) IS NOT NULL`).join(" OR ")})`;
    return {
      sourceWhere: [...filter, any(own.map(({ sourceComparable }) => sourceComparable))].join(" AND "),
      targetWhere: any(own.map(({ name }) => quoteName(name))),
    };
  }
  const constants = columns.filter(({ name }) => plan.key.includes(name) && isConstant(plan.columns[name]));
  const same = constants.map(({ name, targetSql }) => `${quoteName(name)} = ${targetSql}`);
  return {
    ...(filter.length === 0 ? {} : { sourceWhere: filter.join("") }),
    ...(same.length === 0 ? {} : { targetWhere: same.join(" AND ") }),
  };
}
