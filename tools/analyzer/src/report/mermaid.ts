import type { Analysis } from "../analysis.ts";
import { SHARED } from "../contexts/contexts.ts";
import { plural } from "../plural.ts";
import { sayKinds } from "./say-kinds.ts";

/** Mermaid refuses more than 500 edges or 50,000 characters, and a diagram cannot raise that itself. */
const MOST_EDGES = 400;
const MOST_CHARACTERS = 45_000;

/** The contexts with their tables and what ties them, as a Mermaid flow chart. Always below Mermaid's limits. */
export function renderMermaid(analysis: Analysis): string {
  const contexts = analysis.contexts.filter(({ name }) => name !== SHARED);
  const ids = new Map(contexts.map(({ name }, index) => [name, `c${index}`]));
  const boxes = contexts.map(({ name, files }) => {
    const tables = analysis.tables.filter(({ context }) => context === name).length;
    return `  ${ids.get(name)}["${quote(name)}<br/>${plural(files.length, "file")}, ${plural(tables, "table")}"]`;
  });
  const edges = analysis.ties.flatMap(({ from, to, seams }) => {
    const label = sayKinds(seams);
    const arrow = seams.transaction > 0 ? "==>" : "-->";
    return label === "" ? [] : [`  ${ids.get(from)} ${arrow}|"${label}"| ${ids.get(to)}`];
  });
  const shown = withinLimits(boxes, edges);
  const left = edges.length - shown.length;
  return ["flowchart LR", ...boxes, ...shown, ...(left > 0 ? [`  %% ${left} weaker ties are left out`] : []), ""].join(
    "\n",
  );
}

// --- internal ---

// Ties come with the most expensive first, so what is left out is the weakest.
function withinLimits(boxes: readonly string[], edges: readonly string[]): string[] {
  let room = MOST_CHARACTERS - boxes.join("\n").length;
  return edges.slice(0, MOST_EDGES).filter((edge) => (room -= edge.length + 1) > 0);
}

function quote(text: string): string {
  return text.replaceAll('"', "'");
}
