import { nearest, type PlanFileProblem } from "@strangler/platform";
import { parseJsonPath } from "./json-path.ts";
import type { Scenario, Step } from "./schema.ts";
import { placeholdersOf } from "./template.ts";

export type Place = (path: readonly PropertyKey[]) => { line: number; column: number };

/**
 * What a schema cannot see: placeholders that cannot be read, values used before anything saved them, paths and
 * patterns with a slip in them. Every finding names its place in the file.
 */
export function findScenarioProblems(scenario: Scenario, file: string, placeOf: Place): PlanFileProblem[] {
  const problems: PlanFileProblem[] = [];
  const complain: Complain = (path, { reason, suggestion }) => {
    problems.push({ file, ...placeOf(path), reason, ...(suggestion === undefined ? {} : { suggestion }) });
  };

  const setup = new Set<string>();
  scenario.setup.forEach((step, index) => checkStep(step, ["setup", index], { setup, saved: setup }, complain));
  checkTexts(scenario.dataSize, ["dataSize"], { setup, saved: new Set() }, complain);
  scenario.visitors.forEach((visitor, index) => {
    const names: Names = { setup, saved: new Set() };
    checkTexts(visitor.let, ["visitors", index, "let"], names, complain);
    for (const name of Object.keys(visitor.let)) names.saved.add(name);
    visitor.steps.forEach((step, at) => checkStep(step, ["visitors", index, "steps", at], names, complain));
  });
  return problems;
}

// --- internal ---

type Names = { setup: Set<string>; saved: Set<string> };
type Where = readonly PropertyKey[];
type Complain = (path: Where, problem: { reason: string; suggestion?: string }) => void;

function checkStep(step: Step, at: Where, names: Names, complain: Complain): void {
  if (step.json !== undefined && step.form !== undefined) {
    complain([...at, "form"], {
      reason: `step "${step.name}" has both a json and a form body.`,
      suggestion: "Keep one.",
    });
  }
  const { path, headers, json, form } = step;
  if (!/^(\/|\{\{)/.test(path)) {
    complain([...at, "path"], { reason: `path "${path}" must begin with a slash.`, suggestion: `Write "/${path}".` });
  }
  checkTexts(
    { path, headers, ...(json === undefined ? {} : { json }), ...(form ? { form } : {}) },
    at,
    names,
    complain,
  );
  checkExpectation(step, at, names, complain);
  for (const [name, save] of Object.entries(step.save)) {
    const where = [...at, "save", name];
    if ("json" in save) attempt(() => parseJsonPath(save.json), where, complain);
    if ("text" in save) attempt(() => new RegExp(save.text), where, complain);
    names.saved.add(name);
  }
}

function checkExpectation(step: Step, at: Where, names: Names, complain: Complain): void {
  const { headers, text, json } = step.expect;
  checkTexts({ headers, text, json }, [...at, "expect"], names, complain);
  for (const [path, rule] of Object.entries(json)) {
    const where = [...at, "expect", "json", path];
    attempt(() => parseJsonPath(path), where, complain);
    if (typeof rule === "object" && rule?.matches !== undefined) {
      attempt(() => new RegExp(rule.matches ?? ""), where, complain);
    }
  }
}

/** Every text below `value` is a template. A rule's `matches` is a regular expression, where `{{` means something else. */
function checkTexts(value: unknown, at: Where, names: Names, complain: Complain): void {
  if (typeof value === "string") {
    attempt(() => checkPlaceholders(value, at, names, complain), at, complain);
  } else if (typeof value === "object" && value !== null) {
    for (const [key, child] of Object.entries(value)) {
      const step = Array.isArray(value) ? Number(key) : key;
      if (key !== "matches") checkTexts(child, [...at, step], names, complain);
    }
  }
}

function checkPlaceholders(text: string, at: Where, names: Names, complain: Complain): void {
  for (const placeholder of placeholdersOf(text)) {
    if (placeholder.kind !== "saved" && placeholder.kind !== "setup") continue;
    const known = names[placeholder.kind];
    if (known.has(placeholder.name)) continue;
    const guess = nearest(placeholder.name, [...known]);
    const source = placeholder.kind === "saved" ? "no earlier step of this visitor saves" : "no setup request saves";
    complain(at, {
      reason: `{{${placeholder.kind}.${placeholder.name}}} is used, but ${source} "${placeholder.name}".`,
      ...(guess === undefined ? {} : { suggestion: `Did you mean "${guess}"?` }),
    });
  }
}

function attempt(parse: () => unknown, at: Where, complain: Complain): void {
  try {
    parse();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    complain(at, { reason: `${error.message}.` });
  }
}
