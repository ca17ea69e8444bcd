/** A text in double quotes. nginx undoes backslashes before these characters, and leaves others to the expression. */
export function quoted(text: string): string {
  return `"${text.replace(/\\(?=[\\"'trn])|"/g, "\\$&")}"`;
}

/** A case-sensitive expression as the left side of a `map`. */
export function expression(text: string): string {
  return quoted(`~${text}`);
}

/** A `map` block: lines of source and result, under a sentence that says what for. */
export function mapBlock(why: string, source: string, variable: string, lines: readonly string[]): string {
  return [`# ${why}`, `map ${source} $${variable} {`, ...lines.map((line) => `  ${line};`), "}"].join("\n");
}

/** The name of a variable of ours. Ids of routes have hyphens and no underscores, so no two become one. */
export function variableOf(what: string, name = ""): string {
  return `strangler_${what}${name === "" ? "" : `_${name.toLowerCase().replaceAll(/[^a-z0-9]/g, "_")}`}`;
}
