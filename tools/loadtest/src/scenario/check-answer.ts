import { findValues, parseJsonPath, type Found } from "./json-path.ts";
import type { Expectation, JsonRule } from "./schema.ts";
import { cachedTemplate, render, renderText, type Values } from "./template.ts";

/** What came back. Header names are lower case. */
export type Answer = { status: number; headers: Readonly<Record<string, string | string[] | undefined>>; body: string };

/** Why an answer is not a correct one. */
export type Fault = { kind: "status" | "check"; reason: string };

/** The first thing that is wrong with the answer, or undefined when it is all that was expected. */
export function findFault(answer: Answer, expected: Expectation, values: Values): Fault | undefined {
  const statuses = [expected.status].flat();
  if (!statuses.includes(answer.status)) {
    const said = excerpt(answer.body);
    return { kind: "status", reason: `status ${answer.status} instead of ${statuses.join(" or ")}${said}` };
  }
  const reason =
    findHeaderFault(answer, expected.headers, values) ??
    findTextFault(answer.body, [expected.text].flat(), values) ??
    findJsonFault(answer.body, expected.json, values);
  return reason === undefined ? undefined : { kind: "check", reason };
}

// --- internal ---

function findHeaderFault(answer: Answer, headers: Expectation["headers"], values: Values): string | undefined {
  for (const [name, wanted] of Object.entries(headers)) {
    const text = renderText(cachedTemplate(wanted), values);
    const sent = [answer.headers[name.toLowerCase()] ?? []].flat().join(", ");
    if (!sent.includes(text)) return `header ${name} is "${sent}" and lacks "${text}"`;
  }
  return undefined;
}

function findTextFault(body: string, texts: readonly string[], values: Values): string | undefined {
  const missing = texts.map((text) => renderText(cachedTemplate(text), values)).find((text) => !body.includes(text));
  return missing === undefined ? undefined : `the body lacks the text "${missing}"`;
}

function findJsonFault(body: string, rules: Expectation["json"], values: Values): string | undefined {
  const entries = Object.entries(rules);
  if (entries.length === 0) return undefined;
  const document = parseJson(body);
  if (document === undefined) return `the body is not JSON${excerpt(body)}`;
  for (const [path, rule] of entries) {
    const reason = findRuleFault(findValues(document.value, parseJsonPath(path)), asRule(rule), values);
    if (reason !== undefined) return `${path}: ${reason}`;
  }
  return undefined;
}

function findRuleFault(found: Found, rule: JsonRule, values: Values): string | undefined {
  if (rule.absent) return found.values.length === 0 ? undefined : `${show(found.values[0])} stands where nothing may`;
  if (found.missing > 0) return found.values.length === 0 ? "nothing is there" : "it is missing in some places";
  for (const value of found.values) {
    const reason = findValueFault(value, rule, values);
    if (reason !== undefined) return reason;
  }
  return rule.sorted === undefined ? undefined : findOrderFault(found.values, rule.sorted);
}

function findValueFault(value: unknown, rule: JsonRule, values: Values): string | undefined {
  if (rule.equals !== undefined) {
    const wanted = typeof rule.equals === "string" ? render(cachedTemplate(rule.equals), values) : rule.equals;
    if (!isSame(value, wanted)) return `${show(value)} instead of ${show(wanted)}`;
  }
  if (rule.type !== undefined && !hasType(value, rule.type)) return `${show(value)} is not of type ${rule.type}`;
  if (rule.oneOf !== undefined && !rule.oneOf.some((one) => one === value)) {
    return `${show(value)} is none of ${show(rule.oneOf)}`;
  }
  if (rule.matches !== undefined && !(typeof value === "string" && new RegExp(rule.matches).test(value))) {
    return `${show(value)} does not match /${rule.matches}/`;
  }
  return findRangeFault(value, rule) ?? findSizeFault(value, rule);
}

function findRangeFault(value: unknown, { min, max }: JsonRule): string | undefined {
  if (min === undefined && max === undefined) return undefined;
  if (typeof value !== "number") return `${show(value)} is not a number`;
  if (min !== undefined && value < min) return `${value} is below ${min}`;
  return max !== undefined && value > max ? `${value} is above ${max}` : undefined;
}

function findSizeFault(value: unknown, { size }: JsonRule): string | undefined {
  if (size === undefined) return undefined;
  if (typeof value !== "string" && !Array.isArray(value)) return `${show(value)} has no size`;
  if (size.min !== undefined && value.length < size.min) return `size ${value.length} is below ${size.min}`;
  return size.max !== undefined && value.length > size.max ? `size ${value.length} is above ${size.max}` : undefined;
}

function findOrderFault(found: readonly unknown[], order: "ascending" | "descending"): string | undefined {
  const direction = order === "ascending" ? 1 : -1;
  for (let index = 1; index < found.length; index += 1) {
    const [before, after] = [found[index - 1], found[index]] as [number, number];
    const isWrong = direction * (before < after ? -1 : Number(before > after)) > 0;
    if (isWrong) return `not ${order}: ${show(before)} stands before ${show(after)}`;
  }
  return undefined;
}

function asRule(rule: Expectation["json"][string]): JsonRule {
  return typeof rule === "object" && rule !== null ? rule : { equals: rule };
}

/** A number saved from one answer and shown as text in another is still the same value; so `equals` compares as text too. */
function isSame(value: unknown, wanted: unknown): boolean {
  return value === wanted || (typeof value !== typeof wanted && show(value).replaceAll('"', "") === String(wanted));
}

function hasType(value: unknown, type: NonNullable<JsonRule["type"]>): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "null":
      return value === null;
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "string":
    case "number":
    case "boolean":
      return typeof value === type;
  }
}

export function parseJson(body: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(body) as unknown };
  } catch {
    return undefined; // "not JSON" is the finding; its caller words it
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function excerpt(body: string): string {
  const text = body.replace(/\s+/g, " ").trim().slice(0, 160);
  return text === "" ? "" : ` (it begins: ${text})`;
}
