/** A word of a configuration: in single quotes nothing means anything but itself. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A text as an argument between parentheses, where a second level of quotes applies: commas and parentheses are its own. */
export function argument(text: string): string {
  return quoted(`"${text.replace(/[\\"]/g, "\\$&")}"`);
}
