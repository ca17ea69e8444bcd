/** `1 file`, `2 files`; what forms its plural otherwise says it: `1 query`, `2 queries`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
