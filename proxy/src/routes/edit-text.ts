import { isMap, isScalar, isSeq, parseDocument, type Node, type Pair, type Scalar, type YAMLMap } from "yaml";

// Routes are changed in the text itself, at the places the parser gives, and not by writing the parsed document out again:
// that would move comments and respace lines, and a change of one word would show as a change of the whole file.

/** New values for one route, by its place in the list. `undefined` takes the field out. */
export type RouteEdit = {
  index: number;
  fields: { stage: string; percent: number | undefined; reached: string | undefined };
};

/** Returns the text with the edits made and every other character as it was. The text must be a valid routes file. */
export function editRoutes(text: string, edits: readonly RouteEdit[]): string {
  const routes = parseDocument(text).get("routes");
  if (!isSeq(routes)) throw new Error("the text is no routes file");
  const splices = edits.flatMap(({ index, fields }) => editRoute(text, routes.get(index, true) as Node, fields));
  return splices
    .sort((a, b) => b.from - a.from)
    .reduce((edited, { from, to, insert }) => edited.slice(0, from) + insert + edited.slice(to), text);
}

// --- internal ---

type Splice = { from: number; to: number; insert: string };
type Field = Pair<Scalar<string>, Node>;

function editRoute(text: string, route: Node, fields: RouteEdit["fields"]): Splice[] {
  if (!isMap(route)) throw new Error("a route is no mapping");
  const stage = getField(route, "stage");
  const added: string[] = [];
  const splices = replaceValue(stage, fields.stage);
  for (const name of ["percent", "reached"] as const) {
    const value = fields[name];
    const present = findField(route, name);
    if (present && value === undefined) splices.push(removeField(text, route, present));
    else if (present) splices.push(...replaceValue(present, String(value)));
    else if (value !== undefined) added.push(`${name}: ${value}`);
  }
  if (added.length > 0) splices.push(addAfter(text, route, stage, added));
  return splices;
}

function findField(route: YAMLMap, name: string): Field | undefined {
  return (route.items as Field[]).find(({ key }) => key.value === name);
}

function getField(route: YAMLMap, name: string): Field {
  const field = findField(route, name);
  if (field === undefined) throw new Error(`a route has no ${name}`);
  return field;
}

function replaceValue(field: Field, value: string): Splice[] {
  const { value: present } = field;
  if (isScalar(present) && String(present.value) === value) return [];
  return [{ from: valueStart(field), to: valueEnd(field), insert: value }];
}

function addAfter(text: string, route: YAMLMap, field: Field, added: readonly string[]): Splice {
  if (route.flow) return { from: valueEnd(field), to: valueEnd(field), insert: `, ${added.join(", ")}` };
  const at = lineEnd(text, valueEnd(field));
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const indent = " ".repeat(keyStart(field) - lineStart(text, keyStart(field)));
  return { from: at, to: at, insert: added.map((line) => `${newline}${indent}${line}`).join("") };
}

function removeField(text: string, route: YAMLMap, field: Field): Splice {
  const fields = route.items as Field[];
  const position = fields.indexOf(field);
  const before = fields[position - 1];
  const after = fields[position + 1];
  // In `{ a: 1, percent: 5, b: 2 }` the comma before goes with it.
  if (route.flow && before) return { from: valueEnd(before), to: valueEnd(field), insert: "" };
  // As the first field it stands behind the list's dash or the brace, which must stay.
  if (!before) return { from: keyStart(field), to: after ? keyStart(after) : valueEnd(field), insert: "" };
  const end = lineEnd(text, valueEnd(field));
  const comment = /#.*/.exec(text.slice(valueEnd(field), end))?.[0];
  if (comment !== undefined) return { from: keyStart(field), to: end, insert: comment };
  return { from: lineEnd(text, lineStart(text, keyStart(field)) - 1), to: end, insert: "" };
}

function keyStart({ key }: Field): number {
  return rangeOf(key)[0];
}

function valueStart({ value }: Field): number {
  return rangeOf(value)[0];
}

function valueEnd({ value }: Field): number {
  return rangeOf(value)[1];
}

function rangeOf(node: Node | null): [number, number, number] {
  const range = node?.range;
  if (!range) throw new Error("a parsed node has no place in the text");
  return range;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** The offset of the line's end, before its newline. */
function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf("\n", offset);
  if (newline === -1) return text.length;
  return text[newline - 1] === "\r" ? newline - 1 : newline;
}
