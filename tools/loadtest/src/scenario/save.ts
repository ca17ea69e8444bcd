import type { Random } from "../random.ts";
import { parseJson, type Answer } from "./check-answer.ts";
import { findValues, parseJsonPath } from "./json-path.ts";
import type { Save } from "./schema.ts";

/** What is kept from an answer, or why nothing could be kept. */
export type Saved = { value: unknown } | { missing: string };

/** Takes a value out of an answer. Values are visited in the order of the body, so `pick: random` follows the seed. */
export function takeValue(answer: Answer, save: Save, random: Random): Saved {
  if ("header" in save) {
    const value = [answer.headers[save.header.toLowerCase()] ?? []].flat()[0];
    return value === undefined ? { missing: `there is no header ${save.header} to save` } : { value };
  }
  const found = "json" in save ? valuesAt(answer.body, save.json) : groupsIn(answer.body, save.text);
  const where = "json" in save ? save.json : `/${save.text}/`;
  if (found.length === 0) return { missing: `there is nothing to save at ${where}` };
  switch (save.pick) {
    case "all":
      return { value: found };
    case "first":
      return { value: found[0] };
    case "random":
      return { value: random.pick(found) };
  }
}

// --- internal ---

function valuesAt(body: string, path: string): readonly unknown[] {
  const document = parseJson(body);
  return document === undefined ? [] : findValues(document.value, parseJsonPath(path)).values;
}

function groupsIn(body: string, pattern: string): readonly unknown[] {
  return [...body.matchAll(new RegExp(pattern, "g"))].map((found) => found[1] ?? found[0]);
}
