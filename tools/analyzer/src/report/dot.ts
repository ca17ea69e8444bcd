import type { Analysis } from "../analysis.ts";
import { SHARED } from "../contexts/contexts.ts";
import { plural } from "../plural.ts";
import { sayKinds } from "./say-kinds.ts";

/** The contexts and what ties them in the language of Graphviz: one node for each context, one edge for each direction. */
export function renderDot({ name, contexts, tables, routes, ties }: Analysis): string {
  const nodes = contexts
    .filter((context) => context.name !== SHARED)
    .map((context) => {
      const owned = tables.filter((table) => table.context === context.name).length;
      const answered = routes.filter((route) => route.context === context.name).length;
      const label = [
        context.name,
        plural(context.files.length, "file"),
        `${plural(owned, "table")}, ${plural(answered, "route")}`,
      ];
      return `  ${quote(context.name)} [label=${quote(label.join("\n"))}];`;
    });
  const most = Math.max(1, ...ties.map(({ cost }) => cost));
  const edges = ties.flatMap(({ from, to, seams, cost }) => {
    const label = sayKinds(seams);
    if (label === "") return [];
    const width = (1 + 4 * Math.sqrt(cost / most)).toFixed(1);
    const style = seams.transaction > 0 ? ", style=bold, color=firebrick" : "";
    return [`  ${quote(from)} -> ${quote(to)} [label=${quote(label)}, penwidth=${width}${style}];`];
  });
  return [
    `digraph ${quote(name)} {`,
    '  graph [rankdir=LR, fontname="sans-serif"];',
    '  node [shape=box, style=rounded, fontname="sans-serif"];',
    '  edge [fontname="sans-serif", fontsize=10];',
    ...nodes,
    ...edges,
    "}",
    "",
  ].join("\n");
}

// --- internal ---

function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
