// Names of topics and headers. Debezium's documentation, "Topic names" and "Primary key updates".

/** The topic of a table's events: `<prefix>.<schema>.<table>`. Two tables may end up with the same name: see findCollisions. */
export function tableTopic(prefix: string, schema: string, table: string): string {
  return sanitize(`${prefix}.${schema}.${table}`);
}

export function transactionTopic(prefix: string): string {
  return sanitize(`${prefix}.transaction`);
}

export function messageTopic(prefix: string): string {
  return sanitize(`${prefix}.message`);
}

export function heartbeatTopic(prefix: string): string {
  return sanitize(`__debezium-heartbeat.${prefix}`);
}

/** Where the outbox router sends what an aggregate has to say. */
export function outboxTopic(aggregateType: string): string {
  return sanitize(`outbox.event.${aggregateType}`);
}

/** Of a key's change: the removal says what the key becomes, the new row what it was. JSON, both. */
export const NEW_KEY_HEADER = "__debezium.newkey";
export const OLD_KEY_HEADER = "__debezium.oldkey";

/** The name of a schema: letters, digits, "_" and "." only, as Connect's Avro-minded readers want it. */
export function schemaName(topic: string, part: "Key" | "Value" | "Envelope"): string {
  return `${topic.replaceAll("-", "_")}.${part}`;
}

/** Names that more than one table would have. */
export function findCollisions(topics: readonly { topic: string; table: string }[]): Map<string, string[]> {
  const tables = new Map<string, string[]>();
  for (const { topic, table } of topics) tables.set(topic, [...(tables.get(topic) ?? []), table]);
  return new Map([...tables].filter(([, found]) => found.length > 1));
}

// --- internal ---

// What Kafka does not take in a name.
function sanitize(name: string): string {
  return name.replaceAll(/[^\w.-]/g, "_");
}
