import { tableTopic } from "@strangler/change-event";
import type { Relation } from "../../capture/pgoutput.ts";
import type { ColumnType } from "./column-text.ts";

/** A source table as its events are read: which topic has them, and which of its columns the stream needs, in which order. */
export type KafkaTable = {
  topic: string;
  /** "schema.table" as the plan names it. */
  from: string;
  relation: Relation;
  columns: readonly KafkaColumn[];
  /** A filter, or an expression over several columns, needs every value of a row that changes. */
  needsWholeRows: boolean;
};

export type KafkaColumn = ColumnType & { isKey: boolean };

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
  return { topic: tableTopic(prefix, from.schema, from.name), from: name, relation, columns, needsWholeRows: false };
}
