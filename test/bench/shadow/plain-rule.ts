import { parse, type DefaultTreeAdapterTypes as Tree } from "parse5";
import type { WireAnswer } from "./world.ts";

// The yardstick: Diffy's public rule, rebuilt from its description and nothing else. Answers are flattened to paths, indices
// left out; the control is asked a second time for every request; a field is reported when raw > noise, relatively by more than
// 20 % and absolutely by more than 0.03 %. No rules of routes, no formats, no notion of chance.

export type PlainCounts = { requests: number; raw: Map<string, number>; noise: Map<string, number> };

export function createPlainCounts(): PlainCounts {
  return { requests: 0, raw: new Map(), noise: new Map() };
}

export function countPlainly(counts: PlainCounts, control: WireAnswer, again: WireAnswer, candidate: WireAnswer): void {
  counts.requests += 1;
  for (const field of differingFields(control, candidate)) add(counts.raw, field);
  for (const field of differingFields(control, again)) add(counts.noise, field);
}

export function reportPlainly({ requests, raw, noise }: PlainCounts): string[] {
  return [...raw.keys()].filter((field) => {
    const left = raw.get(field) ?? 0;
    const right = noise.get(field) ?? 0;
    const distance = Math.abs(left - right);
    return left > right && (distance / (left + right)) * 100 > 20 && (distance / requests) * 100 > 0.03;
  });
}

// --- internal ---

const HEADERS = ["content-type", "location", "set-cookie", "cache-control", "content-language"];

function add(counts: Map<string, number>, field: string): void {
  counts.set(field, (counts.get(field) ?? 0) + 1);
}

function differingFields(left: WireAnswer, right: WireAnswer): Set<string> {
  const fields = new Set<string>();
  if (left.status !== right.status) fields.add("status");
  for (const name of HEADERS) {
    if (String(left.headers[name]) !== String(right.headers[name])) fields.add(`header:${name}`);
  }
  walk(bodyOf(left), bodyOf(right), "", fields);
  return fields;
}

function bodyOf({ headers, body }: WireAnswer): unknown {
  const type = String(headers["content-type"]);
  if (type.includes("html")) return treeOf(parse(body));
  if (!type.includes("json")) return body;
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return body;
  }
}

function treeOf(node: Tree.Node): unknown {
  if (node.nodeName === "#text" && "value" in node) return node.value.trim();
  const attributes = "attrs" in node ? Object.fromEntries(node.attrs.map(({ name, value }) => [name, value])) : {};
  const children = "childNodes" in node ? node.childNodes.map(treeOf).filter((child) => child !== "") : [];
  return { tag: node.nodeName, attributes, children };
}

function walk(left: unknown, right: unknown, path: string, fields: Set<string>): void {
  if (Array.isArray(left) && Array.isArray(right)) walkLists(left, right, path, fields);
  else if (isObject(left) && isObject(right)) {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      walk(left[key], right[key], `${path}/${key}`, fields);
    }
  } else if (left !== right) fields.add(path === "" ? "body" : path);
}

function walkLists(left: unknown[], right: unknown[], path: string, fields: Set<string>): void {
  const sorted = (list: unknown[]) => JSON.stringify(list.map((entry) => JSON.stringify(entry)).sort());
  if (left.length !== right.length) fields.add(`${path}.size`);
  else if (sorted(left) === sorted(right)) {
    if (JSON.stringify(left) !== JSON.stringify(right)) fields.add(`${path}.order`);
  } else left.forEach((entry, index) => walk(entry, right[index], `${path}/*`, fields));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
