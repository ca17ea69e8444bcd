import type { Route } from "../../facts.ts";
import type { Origin, Symbols } from "../symbols.ts";
import type { FoundRoute } from "./network.ts";
import type { Value } from "./values.ts";

/** Where the function that answers is written: through wrappers, lists and `bind`; else the place of the route. */
export function handlerOf(symbols: Symbols, route: FoundRoute): Route["handler"] {
  const here = { file: route.file, line: route.line, name: route.handlerName };
  const found = placeOf(symbols, route.handler);
  if (found) return found;
  return (route.handlerName !== null && lookUp(symbols, route.file, route.handlerName)) || here;
}

// --- internal ---

type Handler = Route["handler"];

function placeOf(symbols: Symbols, value: Value): Handler | null {
  if (value.kind === "class") return { file: value.env.file, line: value.code.line, name: value.code.name };
  if (value.kind === "function") {
    const { line, endLine, name } = value.code;
    return { file: value.env.file, line, name, ...(name === null ? { endLine } : {}) };
  }
  if (value.kind === "reference") return referenced(symbols, value);
  if (value.kind === "module") return referenced(symbols, { file: value.file, name: "default" });
  if (value.kind === "wrapped") return lastPlace(symbols, value.args) ?? placeOf(symbols, value.result);
  return value.kind === "list" ? lastPlace(symbols, value.items) : null;
}

function lastPlace(symbols: Symbols, values: readonly Value[]): Handler | null {
  return values.map((value) => placeOf(symbols, value)).findLast((place) => place !== null) ?? null;
}

function referenced(symbols: Symbols, { file, name }: Origin): Handler | null {
  if (!symbols.files.has(file)) return null;
  const found = symbols.findFunction(file, name);
  if (found) return { file: found.file, line: functionLine(symbols, found) ?? 1, name: found.name };
  return { file, line: functionLine(symbols, { file, name }) ?? 1, name };
}

function lookUp(symbols: Symbols, file: string, name: string): Handler | null {
  const origin = symbols.findFunction(file, name) ?? symbols.originOf(file, name);
  const line = origin && functionLine(symbols, origin);
  if (!origin || !symbols.files.has(origin.file) || (line === null && origin.file === file)) return null;
  return { file: origin.file, line: line ?? 1, name: origin.name };
}

function functionLine(symbols: Symbols, { file, name }: Origin): number | null {
  const functions = symbols.files.get(file)?.functions ?? [];
  const wanted = name === "*" ? "default" : name;
  return functions.find((fact) => fact.name === wanted)?.line ?? null;
}
