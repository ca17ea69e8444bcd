export type Schema = {
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
};

/** Every field of a JSON Schema that holds a value: `*` is any name of a record, `[]` any entry of a list. */
export function schemaFields(schema: Schema): string[] {
  return [...new Set(walk(schema, ""))];
}

// --- internal ---

function walk(schema: Schema, at: string): string[] {
  const below = [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, part]) => walk(part, under(at, name))),
    ...(typeof schema.additionalProperties === "object" ? walk(schema.additionalProperties, under(at, "*")) : []),
    ...(schema.items ? walk(schema.items, under(at, "[]")) : []),
    ...[...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].flatMap((part) => walk(part, at)),
  ];
  return below.length === 0 ? [at] : below.filter((field) => field !== at || below.every((other) => other === at));
}

function under(at: string, name: string): string {
  return at === "" ? name : `${at}.${name}`;
}
