import { createRandom, type Random } from "../random.ts";
import type { JsonTemplate } from "./schema.ts";

export type Placeholder =
  | { kind: "int"; min: number; max: number }
  | { kind: "choice"; options: readonly string[] }
  | { kind: "saved"; name: string }
  | { kind: "setup"; name: string }
  | { kind: "unique" };

/** Texts and placeholders in turn. */
export type Template = readonly (string | Placeholder)[];

/** What placeholders are filled from. A saved value that is a list stands for one of its items, drawn at each use. */
export type Values = {
  random: Random;
  saved: ReadonlyMap<string, unknown>;
  setup: ReadonlyMap<string, unknown>;
  /** Different for every visitor of every run; the same during one visit. */
  unique: string;
};

/** Throws a SyntaxError that names the placeholder it cannot read. */
export function parseTemplate(text: string): Template {
  const parts: (string | Placeholder)[] = [];
  let end = 0;
  for (const found of text.matchAll(/\{\{(.*?)\}\}/g)) {
    if (found.index > end) parts.push(text.slice(end, found.index));
    parts.push(parsePlaceholder(found[1] ?? ""));
    end = found.index + found[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

/** A template that is nothing but one placeholder keeps its value's type; any other becomes text. */
export function render(template: Template, values: Values): unknown {
  const [only] = template;
  if (template.length === 1 && typeof only === "object") return fill(only, values);
  return renderText(template, values);
}

export function renderText(template: Template, values: Values): string {
  return template.map((part) => (typeof part === "string" ? part : asText(fill(part, values)))).join("");
}

/**
 * Values are percent-encoded, so that a search word with a blank or a slash stays one word. A path that is nothing but
 * one placeholder (a saved Location) is taken as it is.
 */
export function renderPath(template: Template, values: Values): string {
  if (template.length === 1) return renderText(template, values);
  return template
    .map((part) => (typeof part === "string" ? part : encodeURIComponent(asText(fill(part, values)))))
    .join("");
}

/** Fills every text in a JSON body. */
export function renderJson(body: JsonTemplate, values: Values): unknown {
  if (typeof body === "string") return render(cachedTemplate(body), values);
  if (Array.isArray(body)) return body.map((item) => renderJson(item, values));
  if (typeof body !== "object" || body === null) return body;
  return Object.fromEntries(Object.entries(body).map(([key, value]) => [key, renderJson(value, values)]));
}

/** Parsed once per text: a scenario has few, a run renders them millions of times. */
export function cachedTemplate(text: string): Template {
  const known = cache.get(text);
  if (known) return known;
  const parsed = parseTemplate(text);
  cache.set(text, parsed);
  return parsed;
}

/** The placeholders of a text, for checks before the run. */
export function placeholdersOf(text: string): Placeholder[] {
  return parseTemplate(text).filter((part) => typeof part === "object");
}

/** Values for texts that may hold setup values only. */
export function setupValues(setup: ReadonlyMap<string, unknown>): Values {
  return { random: createRandom("setup"), saved: new Map(), setup, unique: "" };
}

// --- internal ---

const cache = new Map<string, Template>();

function parsePlaceholder(text: string): Placeholder {
  const [word = "", ...operands] = wordsOf(text);
  const reference = /^(saved|setup)\.([\w-]+)$/.exec(word);
  if (reference && operands.length === 0) {
    return { kind: reference[1] as "saved" | "setup", name: reference[2] as string };
  }
  if (word === "unique" && operands.length === 0) return { kind: "unique" };
  if (word === "choice" && operands.length > 0) return { kind: "choice", options: operands };
  if (word === "int") return parseInt(text, operands);
  throw new SyntaxError(
    `"{{${text}}}" is not a placeholder; write {{int 1 9}}, {{choice a b}}, {{saved.name}}, {{setup.name}} or {{unique}}`,
  );
}

function parseInt(text: string, operands: readonly string[]): Placeholder {
  const [min, max] = operands.map(Number);
  const isRange = operands.length === 2 && Number.isInteger(min) && Number.isInteger(max);
  if (!isRange || (min as number) > (max as number)) {
    throw new SyntaxError(`"{{${text}}}" needs two whole numbers, the smaller first: {{int 1 9}}`);
  }
  return { kind: "int", min: min as number, max: max as number };
}

/** Splits at blanks; "double quotes" keep blanks inside a word. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map((found) => found[1] ?? found[2] ?? "");
}

function fill(placeholder: Placeholder, values: Values): unknown {
  switch (placeholder.kind) {
    case "int":
      return values.random.integer(placeholder.min, placeholder.max);
    case "choice":
      return values.random.pick(placeholder.options);
    case "saved":
    case "setup": {
      const value = values[placeholder.kind].get(placeholder.name);
      return Array.isArray(value) ? values.random.pick(value as unknown[]) : value;
    }
    case "unique":
      return values.unique;
  }
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
