import type { Analysis } from "../analysis.ts";
import { SHARED } from "../contexts/contexts.ts";
import type { SeamKind } from "../findings/seams.ts";
import { sortedBy } from "../order.ts";

/** Mermaid refuses more than 500 edges, and a diagram cannot raise that itself. */
const MOST_EDGES = 400;

/** The contexts with their tables and what ties them, as a Mermaid flow chart. Always below Mermaid's limits. */
export function renderMermaid(analysis: Analysis): string {
  const contexts = analysis.contexts.filter(({ name }) => name !== SHARED);
  const ids = new Map(contexts.map(({ name }, index) => [name, `c${index}`]));
  const boxes = contexts.map(({ name, files }) => {
    const tables = analysis.tables.filter(({ context }) => context === name).length;
    return `  ${ids.get(name)}["${quote(name)}<br/>${files.length} files, ${tables} tables"]`;
  });
  const edges = bundle(analysis);
  const shown = edges.slice(0, MOST_EDGES).map(({ from, to, seams }) => {
    const arrow = seams.transaction ? "==>" : "-->";
    return `  ${ids.get(from)} ${arrow}|"${label(seams)}"| ${ids.get(to)}`;
  });
  const left = edges.length - shown.length;
  return ["flowchart LR", ...boxes, ...shown, ...(left > 0 ? [`  %% ${left} weaker ties are left out`] : []), ""].join(
    "\n",
  );
}

// --- internal ---

type Bundle = { from: string; to: string; seams: Partial<Record<SeamKind, number>>; weight: number };

// Without types: they are gone when the program runs.
function bundle(analysis: Analysis): Bundle[] {
  const bundles = new Map<string, Bundle>();
  for (const { from, to, kind } of analysis.seams) {
    if (kind === "type") continue;
    const key = `${from}\0${to}`;
    const known = bundles.get(key) ?? { from, to, seams: {}, weight: 0 };
    known.seams[kind] = (known.seams[kind] ?? 0) + 1;
    known.weight += kind === "transaction" ? 10 : 1;
    bundles.set(key, known);
  }
  return sortedBy(
    [...bundles.values()],
    (x) => -x.weight,
    (x) => x.from,
    (x) => x.to,
  );
}

function label(seams: Bundle["seams"]): string {
  return Object.entries(seams)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(", ");
}

function quote(text: string): string {
  return text.replaceAll('"', "'");
}
