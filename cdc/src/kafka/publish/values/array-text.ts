/** One element of an array's text, or a nested array. */
export type ArrayElement = string | null | ArrayElement[];

/** The elements of an array as PostgreSQL writes it (manual, "Array Input and Output Syntax"): `{1,NULL,"a \"b\""}`. */
export function parseArray(text: string): ArrayElement[] {
  // Bounds other than 1 stand before it: [0:1]={1,2}
  let at = text.indexOf("{");

  function element(): ArrayElement {
    if (text[at] === "{") return list();
    if (text[at] === '"') return quoted();
    const end = plainEnd();
    const plain = text.slice(at, end);
    at = end;
    return plain === "NULL" ? null : plain;
  }

  function list(): ArrayElement[] {
    const elements: ArrayElement[] = [];
    at += 1;
    while (at < text.length && text[at] !== "}") {
      elements.push(element());
      if (text[at] === ",") at += 1;
    }
    at += 1;
    return elements;
  }

  function quoted(): string {
    let value = "";
    for (at += 1; at < text.length && text[at] !== '"'; at += 1) {
      if (text[at] === "\\") at += 1;
      value += text[at] ?? "";
    }
    at += 1;
    return value;
  }

  function plainEnd(): number {
    let end = at;
    while (end < text.length && text[end] !== "," && text[end] !== "}") end += 1;
    return end;
  }

  return list();
}
