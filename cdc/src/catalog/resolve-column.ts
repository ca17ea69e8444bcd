// How each side computes one column of the target. A plain column of the same type on both sides travels untouched; of another
// type, or computed, it goes through its text on both paths (copy and follow), so that both give the same.

import type { ColumnPlan, Translation } from "../plan/column-plan.ts";
import { quoteName, quoteText } from "../postgres/quote.ts";
import type { ResolvedColumn } from "./resolved-table.ts";
import type { ColumnFacts } from "./table-facts.ts";

/** Joins what the plan says of a target column with both catalogs' facts. `sourceOf` answers the facts of a source column. */
export function resolveColumn(
  target: ColumnFacts,
  mapped: ColumnPlan,
  sourceOf: (name: string) => ColumnFacts,
  typesOnTarget: ReadonlySet<string>,
): ResolvedColumn {
  if (typeof mapped === "string") return plainColumn(target, sourceOf(mapped), typesOnTarget);
  if ("expression" in mapped) return expressionColumn(target, mapped.expression, mapped.from);
  return "enum" in mapped ? translatedColumn(target, mapped) : constantColumn(target, mapped.constant);
}

// --- internal ---

const TEXT = "pg_catalog.text";

function plainColumn(target: ColumnFacts, source: ColumnFacts, typesOnTarget: ReadonlySet<string>): ResolvedColumn {
  const { name, type } = target;
  const from = quoteName(source.name);
  const same = source.type === type;
  const typed = typesOnTarget.has(source.type);
  return {
    name,
    type,
    inputs: [source.name],
    ...comparable(target, same && source.typeModifier === target.typeModifier ? from : undefined, `${from}::${TEXT}`),
    sortsAlike: (same || (isInteger(source) && isInteger(target))) && source.sortsByBytes && target.sortsByBytes,
    sourceSql: same ? from : `${from}::${TEXT}`,
    // Between integers the way through text would change nothing but the time it takes.
    targetSql: same
      ? from
      : typed && !(isInteger(source) && isInteger(target))
        ? `${from}::${TEXT}::${type}`
        : `${from}::${type}`,
  };
}

function isInteger({ type }: ColumnFacts): boolean {
  return ["pg_catalog.int2", "pg_catalog.int4", "pg_catalog.int8"].includes(type);
}

function expressionColumn(target: ColumnFacts, expression: string, from: readonly string[]): ResolvedColumn {
  return computedColumn(target, from, `(${expression})::${TEXT}`);
}

function constantColumn(target: ColumnFacts, constant: string | null): ResolvedColumn {
  return computedColumn(target, [], `${quoteLiteral(constant)}::${TEXT}`);
}

function computedColumn(target: ColumnFacts, inputs: readonly string[], text: string): ResolvedColumn {
  const { name, type } = target;
  return {
    name,
    type,
    inputs,
    ...comparable(target, undefined, text),
    sortsAlike: false,
    sourceSql: text,
    targetSql: `${text}::${type}`,
  };
}

// A verification must be able to show a value that cannot be translated; copying and following must refuse it.
function translatedColumn(target: ColumnFacts, { column, enum: words, otherwise }: Translation): ResolvedColumn {
  const { name, type } = target;
  const value = `${quoteName(column)}::${TEXT}`;
  const isBuiltIn = type.startsWith("pg_catalog.");
  const asTarget = (text: string) => (isBuiltIn ? `${text}::${target.typeLabel}::${TEXT}` : text);
  const translate = (write: (text: string) => string, unknown: string) => {
    const cases = Object.entries(words).map(
      ([from, to]) => `WHEN ${quoteLiteral(from)} THEN ${write(quoteLiteral(to))}`,
    );
    const rest =
      otherwise === undefined ? unknown : `CASE WHEN ${value} IS NOT NULL THEN ${write(quoteLiteral(otherwise))} END`;
    return `CASE ${value} COLLATE "C" ${cases.join(" ")} ELSE ${rest} END`;
  };
  const said = quoteLiteral(`the plan does not translate this value of ${column}: `);
  // No text like this is a boolean, so the server refuses it in its own way, with the value in its words; a null stays null.
  const refuse = `(${said} || ${value})::pg_catalog.bool::${TEXT}`;
  const text = `(${translate((to) => to, refuse)})::${TEXT}`;
  return {
    name,
    type,
    inputs: [column],
    sourceComparable: `(${translate(asTarget, `${said} || ${value}`)})::${TEXT}`,
    targetComparable: `${quoteName(name)}::${TEXT}`,
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
  return { sourceComparable: text, targetComparable: `${column}::${TEXT}` };
}

function quoteLiteral(value: string | null): string {
  return value === null ? "NULL" : quoteText(value).trim();
}
