import type { ColumnFact } from "../../source-facts.ts";
import { readChain, type Chain } from "./chain.ts";
import { ts } from "./compiler.ts";
import { isFunctionNode, unwrap } from "./nodes.ts";

/** The columns that the callback of `createTable` or `alterTable` declares, primary keys marked. */
export function columnsInCallback(callback: ts.Expression): ColumnFact[] {
  const body = unwrap(callback);
  const builder = isFunctionNode(body) ? body.parameters[0]?.name : undefined;
  if (!isFunctionNode(body) || !builder || !ts.isIdentifier(builder)) return [];
  const chains: Chain[] = [];
  const visit = (node: ts.Node): void => {
    const chain = ts.isCallExpression(node) ? readChain(node) : null;
    if (chain?.head === builder.text) chains.push(chain);
    else ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  const keys = new Set(chains.flatMap(({ steps: [first] }) => (first?.name === "primary" ? texts(first.args[0]) : [])));
  return chains.flatMap(columnsOfChain).map(({ name, primary }) => ({ name, primary: primary || keys.has(name) }));
}

// --- internal ---

/** Steps of a table builder that declare no column. */
const NO_COLUMN =
  /^(?:primary|foreign|unique|index|check\w*|comment|engine|charset|collate|inherits|queryContext|setNullable|renameColumn|drop\w*|references)$/;

function columnsOfChain({ steps: [first, ...others] }: Chain): ColumnFact[] {
  if (!first || NO_COLUMN.test(first.name)) return [];
  if (first.name === "timestamps") return ["created_at", "updated_at"].map((name) => ({ name, primary: false }));
  const increments = /increments$/i.test(first.name);
  const name = texts(first.args[0])[0] ?? (increments ? "id" : undefined);
  const primary = increments || others.some((step) => step.name === "primary");
  return name === undefined ? [] : [{ name, primary }];
}

function texts(node: ts.Expression | undefined): string[] {
  const inner = node && unwrap(node);
  if (!inner) return [];
  if (ts.isStringLiteralLike(inner)) return [inner.text];
  return ts.isArrayLiteralExpression(inner) ? inner.elements.flatMap((element) => texts(element)) : [];
}
