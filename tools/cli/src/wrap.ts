/** Breaks a text into lines of at most 80 columns, at blanks; all but the first are indented. */
export function wrap(text: string, indent = "", columns = 80): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? (lines.length === 0 ? word : `${indent}${word}`) : `${line} ${word}`;
    if (line !== "" && longer.length > columns) {
      lines.push(line);
      line = `${indent}${word}`;
    } else line = longer;
  }
  return [...lines, line].join("\n");
}

/** A name cut in its middle, so that its end, by which names differ, can still be seen. */
export function shorten(name: string, columns: number): string {
  if (name.length <= columns) return name;
  const end = Math.floor((columns - 1) * 0.6);
  return `${name.slice(0, columns - 1 - end)}…${name.slice(name.length - end)}`;
}
