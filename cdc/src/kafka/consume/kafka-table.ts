import type { Relation } from "../../capture/pgoutput.ts";
import type { ColumnType } from "./column-text.ts";

/** A source table as its events are read: which topic has them, and which of its columns the stream needs, in which order. */
export type KafkaTable = {
  topic: string;
  /** "schema.table" as the plan names it. */
  from: string;
  relation: Relation;
  columns: readonly KafkaColumn[];
};

export type KafkaColumn = ColumnType & { isKey: boolean };

/** The topic that Debezium writes a table's events to: everything but letters, digits, "_", "-" and "." becomes "_". */
export function topicOf(prefix: string, table: string): string {
  return `${prefix}.${table}`.replaceAll(/[^\w.-]/g, "_");
}

export function transactionTopic(prefix: string): string {
  return `${prefix}.transaction`;
}

/** A layout for the rows of a table; `id` is the stream's own name for it. */
export function tableOf(
  id: number,
  prefix: string,
  from: { schema: string; name: string },
  columns: readonly (KafkaColumn & { typeId: number })[],
): KafkaTable {
  const name = `${from.schema}.${from.name}`;
  const relation: Relation = {
    ...from,
    id,
    replicaIdentity: "default",
    columns: columns.map(({ name: column, typeId, typeModifier, isKey }) => ({
      name: column,
      typeId,
      typeModifier,
      isKey,
    })),
  };
  return { topic: topicOf(prefix, name), from: name, relation, columns };
}
