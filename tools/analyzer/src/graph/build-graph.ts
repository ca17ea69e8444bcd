import type { Facts } from "../facts.ts";
import { createGraphBuilder, type Graph } from "./graph.ts";
import { addImports, importPairs } from "./import-layer.ts";
import { addNames } from "./name-layer.ts";
import { importSeparation } from "./separation.ts";
import { addTables } from "./table-layer.ts";
import { addVocabulary } from "./vocabulary-layer.ts";

/** All evidence for what belongs together, as one graph. Pure: equal facts give an equal graph. */
export function buildGraph(facts: Facts): Graph {
  const files = facts.files.filter((file) => file.role !== "migration" && file.role !== "test");
  const paths = files.map((file) => file.path);
  const members = new Set(paths);
  const tables = facts.tables.map((table) => table.name);
  const builder = createGraphBuilder();
  for (const path of paths) builder.node("file", path);
  for (const table of tables) builder.node("table", table);

  const separation = importSeparation(importPairs(facts, members), paths);
  addImports(builder, facts, members, separation);
  addNames(builder, paths, tables);
  addTables(builder, facts, members);
  addVocabulary(builder, files);
  return { ...builder.build(), separation };
}
