import { parse, type DefaultTreeAdapterTypes as Tree } from "parse5";
import { note, type Comparing } from "./comparing.ts";
import type { Step } from "./place.ts";

// A page is read as a browser reads it (the tree construction of the HTML standard), so that what is spelled differently and
// means the same is equal: white space, comments, the order of attributes and of classes, entities, tags that may be left out.

/** Deeper pages are compared as text. */
const MAX_DEPTH = 500;

/** Notes every difference of two pages. Throws a RangeError beyond MAX_DEPTH. */
export function compareHtml(comparing: Comparing, control: string, candidate: string): void {
  const reading: Reading = { comparing, numbers: new Map() };
  const left = readPage(control, reading);
  const right = readPage(candidate, reading);
  if (comparing.rules.html.compare === "text") compareTexts(comparing, visibleText(left), visibleText(right), ["text"]);
  else compareElements(comparing, left, right, []);
}

// --- internal ---

/** An element, reduced to what counts. Elements that are equal with all they hold have the same number. */
type Element = { label: string; tag: string; attributes: Map<string, string>; children: Child[]; number: number };
type Child = Element | string;

/** Both pages are read into one set of numbers, so that whole branches are compared at once. */
type Reading = { comparing: Comparing; numbers: Map<string, number> };

function readPage(html: string, reading: Reading): Element {
  return reduce("page", [], parse(html).childNodes, reading, 0, false);
}

function reduce(
  tag: string,
  attributes: readonly { name: string; value: string }[],
  childNodes: readonly Tree.ChildNode[],
  reading: Reading,
  depth: number,
  keepsSpace: boolean,
): Element {
  if (depth > MAX_DEPTH) throw new RangeError(`HTML deeper than ${MAX_DEPTH} levels`);
  const { html } = reading.comparing.rules;
  const element: Element = { label: labelOf(tag, attributes), tag, attributes: new Map(), children: [], number: 0 };
  for (const { name, value } of attributes) {
    if (!html.ignoreAttributes.includes(name)) element.attributes.set(name, spellAttribute(name, value));
  }
  const isScript = tag === "script" || tag === "style";
  for (const node of childNodes) {
    if (isScript && html.scripts === "ignore") continue;
    addChild(element, node, reading, depth, keepsSpace || tag === "pre" || tag === "textarea");
  }
  element.number = numberOf(element, reading.numbers);
  return element;
}

function numberOf({ tag, attributes, children }: Element, numbers: Map<string, number>): number {
  const sorted = [...attributes].sort(([a], [b]) => (a < b ? -1 : 1));
  const content = JSON.stringify([tag, sorted, children.map(identityOf)]);
  const known = numbers.get(content) ?? numbers.size + 1;
  numbers.set(content, known);
  return known;
}

function identityOf(child: Child): string | number {
  return typeof child === "string" ? child : child.number;
}

function addChild(parent: Element, node: Tree.ChildNode, reading: Reading, depth: number, keepsSpace: boolean): void {
  if ("tagName" in node) {
    const inside = node.tagName === "template" && "content" in node ? node.content.childNodes : node.childNodes;
    parent.children.push(reduce(node.tagName, node.attrs, inside, reading, depth + 1, keepsSpace));
  } else if (node.nodeName === "#text" && "value" in node) {
    const text = keepsSpace ? node.value : node.value.replaceAll(/[ \t\n\f\r]+/g, " ").trim();
    const last = parent.children.at(-1);
    if (text === "") return;
    if (typeof last === "string") parent.children[parent.children.length - 1] = `${last} ${text}`;
    else parent.children.push(text);
  } else if (node.nodeName === "#documentType" && "name" in node) {
    parent.attributes.set("doctype", node.name ?? "");
  }
}

// What tells an element from its neighbours in every answer: its id, its name or its first class, unless they hold a number.
function labelOf(tag: string, attributes: readonly { name: string; value: string }[]): string {
  const valueOf = (name: string) => attributes.find((attribute) => attribute.name === name)?.value ?? "";
  const marks: readonly (readonly [string, string])[] = [
    ["#", valueOf("id")],
    ["[", valueOf("name")],
    [".", valueOf("class").trim().split(/\s+/)[0] ?? ""],
  ];
  const mark = marks.find(([, value]) => /^[a-z][a-z_-]{0,39}$/i.test(value));
  return mark === undefined ? tag : tag + mark[0] + mark[1] + (mark[0] === "[" ? "]" : "");
}

function spellAttribute(name: string, value: string): string {
  if (BOOLEAN.has(name)) return "";
  if (name === "class" || name === "rel") return value.trim().split(/\s+/).sort().join(" ");
  return value.replaceAll(/\s+/g, " ").trim();
}

// Present or not is all they say (HTML standard section 2.3.2).
const BOOLEAN = new Set(
  "allowfullscreen async autofocus autoplay checked controls default defer disabled formnovalidate hidden inert ismap itemscope loop multiple muted nomodule novalidate open playsinline readonly required reversed selected".split(
    " ",
  ),
);

function compareElements(comparing: Comparing, control: Element, candidate: Element, steps: Step[]): void {
  if (control.number === candidate.number) return;
  for (const name of new Set([...control.attributes.keys(), ...candidate.attributes.keys()])) {
    compareTexts(comparing, control.attributes.get(name), candidate.attributes.get(name), [...steps, `@${name}`]);
  }
  const left = control.children;
  const right = candidate.children;
  if (left.length !== right.length) {
    note(comparing, "size", steps, () => [`${left.length} children`, `${right.length} children`]);
  } else if (isReordered(left, right)) {
    note(comparing, "ordering", steps, () => [labels(left), labels(right)]);
  } else {
    for (const [index, child] of left.entries()) compareChildren(comparing, child, right[index] ?? "", steps);
  }
}

function isReordered(left: readonly Child[], right: readonly Child[]): boolean {
  const [ours, theirs] = [left.map(identityOf), right.map(identityOf)];
  if (ours.every((identity, index) => identity === theirs[index])) return false;
  const sorted = theirs.map(String).sort();
  return ours
    .map(String)
    .sort()
    .every((identity, index) => identity === sorted[index]);
}

function compareChildren(comparing: Comparing, control: Child, candidate: Child, steps: Step[]): void {
  if (typeof control === "string" && typeof candidate === "string") {
    compareTexts(comparing, control, candidate, [...steps, "text()"]);
  } else if (typeof control === "string" || typeof candidate === "string" || control.tag !== candidate.tag) {
    note(comparing, "type", steps, () => [labels([control]), labels([candidate])]);
  } else {
    compareElements(comparing, control, candidate, [...steps, control.label]);
  }
}

function compareTexts(
  comparing: Comparing,
  control: string | undefined,
  candidate: string | undefined,
  steps: readonly Step[],
): void {
  if (control === candidate) return;
  const kind = candidate === undefined ? "missing" : control === undefined ? "extra" : "primitive";
  const { excerpts } = comparing;
  note(comparing, kind, steps, () => [excerpts.text(steps, control ?? null), excerpts.text(steps, candidate ?? null)]);
}

function labels(children: readonly Child[]): string {
  const names = children.slice(0, 10).map((child) => (typeof child === "string" ? "text" : child.label));
  return names.join(" ") + (children.length > 10 ? " …" : "");
}

function visibleText(element: Element): string {
  if (INVISIBLE.has(element.tag)) return "";
  return element.children
    .map((child) => (typeof child === "string" ? child : visibleText(child)))
    .filter((text) => text !== "")
    .join(" ");
}

const INVISIBLE = new Set(["script", "style", "template", "noscript", "head"]);
