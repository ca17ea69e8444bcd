import type { TablePlan } from "../plan/stream-plan.ts";
import { quoteName, type TableName } from "../postgres/quote.ts";
import type { ColumnFacts, TableFacts } from "./table-facts.ts";

/** One table of a stream, with all that both catalogs say of it: what copying, following and verifying work from. */
export type ResolvedTable = {
  from: TableName;
  to: TableName;
  /** The source columns that are needed, each once. */
  inputs: readonly Input[];
  /** The target columns, key first. */
  columns: readonly ResolvedColumn[];
  /** The target columns that name a row. */
  key: readonly ResolvedColumn[];
  /** The filter, over source columns; absent when every row travels. */
  where?: string;
};

export type Input = {
  /** The source column. */
  name: string;
  typeId: number;
  /** The source's type as the target knows it; undefined when the target has no such type, and the value stays a text there. */
  type: string | undefined;
  /** The log may leave the value out when it did not change. */
  mayLieApart: boolean;
};

export type ResolvedColumn = {
  name: string;
  /** The target's type, as SQL writes it, without length (which would cut silently instead of refusing). */
  type: string;
  /** The target's type with its length or precision, for comparing. */
  typeModifier: number;
  inputs: readonly string[];
  /** How the source computes it for the copy. */
  sourceSql: string;
  /** How the target computes it from the inputs. */
  targetSql: string;
};

/**
 * Joins a checked plan with both catalogs. A plain column of the same type on both sides travels untouched; of another type,
 * or computed, it goes through its text on both paths (copy and follow), so that both give the same.
 */
export function resolveTable(
  plan: TablePlan,
  source: TableFacts,
  target: TableFacts,
  typesOnTarget: ReadonlySet<string>,
): ResolvedTable {
  const columns = Object.entries(plan.columns).map(([name, mapped]) =>
    typeof mapped === "string"
      ? plainColumn(getColumn(target, name), getColumn(source, mapped), typesOnTarget)
      : expressionColumn(getColumn(target, name), mapped.expression, mapped.from),
  );
  const isKey = ({ name }: ResolvedColumn) => plan.key.includes(name);
  const inputs = new Set([...columns.flatMap((column) => column.inputs), ...(plan.where?.from ?? [])]);
  return {
    from: { schema: source.schema, name: source.name },
    to: { schema: target.schema, name: target.name },
    inputs: [...inputs].map((name) => resolveInput(getColumn(source, name), typesOnTarget)),
    columns: [...columns.filter(isKey), ...columns.filter((column) => !isKey(column))],
    key: columns.filter(isKey),
    ...(plan.where === undefined ? {} : { where: plan.where.expression }),
  };
}

// --- internal ---

function getColumn(table: TableFacts, name: string): ColumnFacts {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw new Error(`${table.schema}.${table.name} was checked and has no column ${name}`);
  return column;
}

function resolveInput(column: ColumnFacts, typesOnTarget: ReadonlySet<string>): Input {
  return {
    name: column.name,
    typeId: column.typeId,
    type: typesOnTarget.has(column.type) ? column.type : undefined,
    mayLieApart: column.mayLieApart,
  };
}

function plainColumn(target: ColumnFacts, source: ColumnFacts, typesOnTarget: ReadonlySet<string>): ResolvedColumn {
  const { name, type, typeModifier } = target;
  const from = quoteName(source.name);
  const same = source.type === type;
  const typed = typesOnTarget.has(source.type);
  return {
    name,
    type,
    typeModifier,
    inputs: [source.name],
    sourceSql: same ? from : `${from}::pg_catalog.text`,
    targetSql: same ? from : typed ? `${from}::pg_catalog.text::${type}` : `${from}::${type}`,
  };
}

function expressionColumn(target: ColumnFacts, expression: string, from: readonly string[]): ResolvedColumn {
  const { name, type, typeModifier } = target;
  const text = `(${expression})::pg_catalog.text`;
  return { name, type, typeModifier, inputs: from, sourceSql: text, targetSql: `${text}::${type}` };
}
