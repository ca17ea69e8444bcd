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
  /** As SQL writes it, with schema and without length. */
  sourceType: string;
  /** The source's type as the target knows it; undefined when the target has no such type, and the value stays a text there. */
  type: string | undefined;
  /** The log may leave the value out when it did not change. */
  mayLieApart: boolean;
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
    sourceType: column.type,
    type: typesOnTarget.has(column.type) ? column.type : undefined,
    mayLieApart: column.mayLieApart,
  };
}

function plainColumn(target: ColumnFacts, source: ColumnFacts, typesOnTarget: ReadonlySet<string>): ResolvedColumn {
  const { name, type } = target;
  const from = quoteName(source.name);
  const same = source.type === type;
  const typed = typesOnTarget.has(source.type);
  return {
    name,
    type,
    inputs: [source.name],
    ...comparable(
      target,
      same && source.typeModifier === target.typeModifier ? from : undefined,
      `${from}::pg_catalog.text`,
    ),
    sortsAlike: (same || (isInteger(source) && isInteger(target))) && source.sortsByBytes && target.sortsByBytes,
    sourceSql: same ? from : `${from}::pg_catalog.text`,
    // Between integers the way through text would change nothing but the time it takes.
    targetSql: same
      ? from
      : typed && !(isInteger(source) && isInteger(target))
        ? `${from}::pg_catalog.text::${type}`
        : `${from}::${type}`,
  };
}

function isInteger({ type }: ColumnFacts): boolean {
  return ["pg_catalog.int2", "pg_catalog.int4", "pg_catalog.int8"].includes(type);
}

function expressionColumn(target: ColumnFacts, expression: string, from: readonly string[]): ResolvedColumn {
  const { name, type } = target;
  const text = `(${expression})::pg_catalog.text`;
  return {
    name,
    type,
    inputs: from,
    ...comparable(target, undefined, text),
    sortsAlike: false,
    sourceSql: text,
    targetSql: `${text}::${type}`,
  };
}

// Both servers know the types that PostgreSQL brings along; a type of the target's own is compared by its text.
function comparable(
  target: ColumnFacts,
  untouched: string | undefined,
  text: string,
): Pick<ResolvedColumn, "sourceComparable" | "targetComparable"> {
  const column = quoteName(target.name);
  if (untouched !== undefined) return { sourceComparable: untouched, targetComparable: column };
  if (target.type.startsWith("pg_catalog.")) {
    return { sourceComparable: `${text}::${target.typeLabel}`, targetComparable: column };
  }
  return { sourceComparable: text, targetComparable: `${column}::pg_catalog.text` };
}
