import { comparesDatesAt, note, pairingAt, type Comparing } from "./comparing.ts";
import type { Step } from "./place.ts";
import { equalInstants, equalNumbers, isSameFormat } from "./values.ts";

/** Deeper documents are compared as text: recursion must end before the stack does. */
export const MAX_DEPTH = 500;

/** Notes every difference of two JSON values. Keys have no order; lists have one, unless a rule says otherwise. Throws a RangeError beyond MAX_DEPTH. */
export function compareJson(comparing: Comparing, control: unknown, candidate: unknown): void {
  compareAt(comparing, control, candidate, []);
}

/** A text that is the same for equal values, whatever the order of keys. */
export function canonical(value: unknown, depth = 0): string {
  if (depth > MAX_DEPTH) throw tooDeep();
  if (Array.isArray(value)) return `[${value.map((entry) => canonical(entry, depth + 1)).join(",")}]`;
  if (isObject(value)) {
    const keys = Object.keys(value).sort();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key], depth + 1)}`).join(",")}}`;
  }
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

// --- internal ---

type JsonObject = Record<string, unknown>;

// `steps` is one list for the whole walk: a step is put on it on the way down and taken off on the way up.
function compareAt(comparing: Comparing, control: unknown, candidate: unknown, steps: Step[]): void {
  if (control === candidate) return;
  if (steps.length > MAX_DEPTH) throw tooDeep();
  if (Array.isArray(control) && Array.isArray(candidate)) compareLists(comparing, control, candidate, steps);
  else if (isObject(control) && isObject(candidate)) compareObjects(comparing, control, candidate, steps);
  else compareLeaves(comparing, control, candidate, steps);
}

function compareIn(comparing: Comparing, control: unknown, candidate: unknown, steps: Step[], step: Step): void {
  steps.push(step);
  compareAt(comparing, control, candidate, steps);
  steps.pop();
}

function compareObjects(comparing: Comparing, control: JsonObject, candidate: JsonObject, steps: Step[]): void {
  for (const key of Object.keys(control)) {
    compareIn(comparing, control[key], Object.hasOwn(candidate, key) ? candidate[key] : undefined, steps, key);
  }
  for (const key of Object.keys(candidate)) {
    if (!Object.hasOwn(control, key)) compareIn(comparing, undefined, candidate[key], steps, key);
  }
}

function compareLeaves(comparing: Comparing, control: unknown, candidate: unknown, steps: Step[]): void {
  const kind = kindOf(comparing, control, candidate, steps);
  if (kind === undefined) return;
  const { excerpts } = comparing;
  note(comparing, kind, steps, () => [excerpts.value(steps, control), excerpts.value(steps, candidate)]);
}

function kindOf(comparing: Comparing, control: unknown, candidate: unknown, steps: readonly Step[]) {
  if (candidate === undefined) return "missing";
  if (control === undefined) return "extra";
  if (typeOf(control) !== typeOf(candidate)) return "type";
  if (typeof control === "string" && typeof candidate === "string") {
    const { dates } = comparing.rules;
    const areInstants = dates !== null && comparesDatesAt(comparing, steps);
    if (areInstants && equalInstants(control, candidate, dates.withinMs)) return undefined;
    return isSameFormat(control, candidate) ? "primitive" : "format";
  }
  return equalNumbers(control, candidate, comparing.rules.numbers) ? undefined : "primitive";
}

function compareLists(comparing: Comparing, control: unknown[], candidate: unknown[], steps: Step[]): void {
  const keys = pairingAt(comparing, steps);
  if (keys !== undefined) {
    if (keys.length > 0) comparePairs(comparing, control, candidate, steps, keys);
    else compareBags(comparing, control, candidate, steps);
  } else if (control.length !== candidate.length) {
    note(comparing, "size", steps, () => [`${control.length} entries`, `${candidate.length} entries`]);
  } else compareInOrder(comparing, control, candidate, steps);
}

// Entries that are all there, in other places, are one difference and not many.
function compareInOrder(comparing: Comparing, control: unknown[], candidate: unknown[], steps: Step[]): void {
  const { found, more } = comparing;
  const before = found.length;
  compareByIndex(comparing, control, candidate, steps);
  if ((found.length === before && more === comparing.more) || !haveSameEntries(control, candidate)) return;
  found.length = before;
  comparing.more = more;
  note(comparing, "ordering", steps, () => [orderOf(control), orderOf(candidate)]);
}

function compareByIndex(comparing: Comparing, control: unknown[], candidate: unknown[], steps: Step[]): void {
  const length = Math.max(control.length, candidate.length);
  for (let index = 0; index < length; index += 1) compareIn(comparing, control[index], candidate[index], steps, index);
}

function haveSameEntries(control: readonly unknown[], candidate: readonly unknown[]): boolean {
  const sorted = (list: readonly unknown[]) => list.map((entry) => canonical(entry)).sort();
  const others = sorted(candidate);
  return sorted(control).every((entry, index) => entry === others[index]);
}

// Entries are shown by their rank among all of them: it is the order that differs, not what they say.
function orderOf(list: readonly unknown[]): string {
  const sorted = list.map((entry) => canonical(entry)).sort();
  const places = list.slice(0, 20).map((entry) => sorted.indexOf(canonical(entry)) + 1);
  return `order ${places.join(" ")}${list.length > 20 ? " …" : ""}`;
}

/** Pairs entries that are equal; what is left over on both sides is compared in turn. */
function compareBags(comparing: Comparing, control: unknown[], candidate: unknown[], steps: Step[]): void {
  const unpaired = Map.groupBy(candidate, (entry) => canonical(entry));
  const left = control.filter((entry) => unpaired.get(canonical(entry))?.pop() === undefined);
  compareByIndex(comparing, left, [...unpaired.values()].flat(), steps);
}

/** Pairs entries by their key. Entries without one, and several with the same, are paired in turn. */
function comparePairs(
  comparing: Comparing,
  control: unknown[],
  candidate: unknown[],
  steps: Step[],
  keys: readonly string[],
): void {
  const others = Map.groupBy(candidate, (entry) => keyOf(entry, keys));
  for (const [index, entry] of control.entries()) {
    compareIn(comparing, entry, others.get(keyOf(entry, keys))?.shift(), steps, index);
  }
  let index = control.length;
  for (const entry of [...others.values()].flat()) compareIn(comparing, undefined, entry, steps, index++);
}

function keyOf(entry: unknown, keys: readonly string[]): string {
  return keys.map((key) => canonical(valueAt(entry, key.split("/"))) ?? "").join(" ");
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce((inner, key) => (isObject(inner) && Object.hasOwn(inner, key) ? inner[key] : null), value);
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "bigint") return "number";
  return Array.isArray(value) ? "list" : typeof value;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tooDeep(): RangeError {
  return new RangeError(`JSON deeper than ${MAX_DEPTH} levels`);
}
