/**
 * What a table says of a name that foreign code chose. Plain indexing would also find what every object inherits:
 * `table["toString"]` is a function.
 */
export function own<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
