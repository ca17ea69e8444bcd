import { tableTopic } from "@strangler/change-event";
import type { ResolvedTable } from "../../catalog/resolved-table.ts";
import { sourceTables, type StreamPlan } from "../../plan/stream-plan.ts";
import { formatTable } from "../../postgres/quote.ts";
import type { KafkaTable } from "./kafka-table.ts";

/** The tables of a stream whose topics our own publisher writes: how rows are laid out is said by the events themselves. */
export function publishedTables(plan: StreamPlan, tables: readonly ResolvedTable[], prefix: string): KafkaTable[] {
  return sourceTables(plan).map((from, place) => {
    const inputs = tables
      .filter((table) => formatTable(table.from) === formatTable(from))
      .flatMap((each) => each.inputs);
    const byName = new Map(inputs.map((input) => [input.name, input]));
    const columns = [...byName.values()].map(({ name, typeId }) => ({ name, typeId, typeModifier: -1, isKey: false }));
    return {
      topic: tableTopic(prefix, from.schema, from.name),
      from: formatTable(from),
      relation: { ...from, id: place + 1, replicaIdentity: "default", columns },
      columns: [],
      needsWholeRows: false,
    };
  });
}
