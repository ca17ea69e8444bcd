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

/** The name of a variable of ours. Cookies may differ in a capital or a dot alone, and so do their variables. */
export function variableOf(what: string, name = ""): string {
  const spelled = name.replaceAll(/[^a-z0-9]/g, (other) =>
    other === "-" ? "_" : `_${other.charCodeAt(0).toString(16)}_`,
  );
  return `strangler_${what}${spelled === "" ? "" : `_${spelled}`}`;
}
