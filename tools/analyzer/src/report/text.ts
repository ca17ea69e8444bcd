import type { Analysis } from "../analysis.ts";
import { SHARED } from "../contexts/contexts.ts";
import type { ExtractionStep } from "../findings/extraction/extraction.ts";
import { SEAM_KINDS, type Seam } from "../findings/seams.ts";
import { sortedBy } from "../order.ts";
import { plural } from "../plural.ts";
import { percent } from "../round.ts";
import { hang, shorten, shortenPlace, wrap } from "./fit.ts";
import { renderTable } from "./table.ts";

export type TextOptions = {
  /** Bold headings with terminal codes; off for files and pipes. */
  color?: boolean;
};

const WIDTH = 80;
const MOST_CONTEXTS = 16;
const MOST_SEAMS = 5;
const MOST_REASONS = 2;

/** The summary that fits a screen of 80 columns. Everything else is in the JSON. */
export function renderText(analysis: Analysis, options: TextOptions = {}): string {
  const heading = (text: string): string => (options.color ? `\u001b[1m${text}\u001b[22m` : text);
  return [
    ...titleLines(analysis),
    "",
    heading(`Verdict: ${analysis.verdict.answer.replaceAll("-", " ")}`),
    ...verdictLines(analysis),
    "",
    heading("Contexts"),
    ...contextLines(analysis),
    "",
    heading("Worst seams"),
    ...seamLines(analysis),
    "",
    heading("Extract first"),
    ...extractionLines(analysis),
    "",
    ...restLines(analysis),
    "",
  ].join("\n");
}

// --- internal ---

function titleLines({ name, totals, contexts }: Analysis): string[] {
  const proposed = contexts.filter((context) => context.name !== SHARED).length;
  return wrap(
    `${name}: ${plural(totals.files, "file")}, ${plural(totals.lines, "line")}, ${plural(totals.imports, "import")}, ` +
      `${plural(totals.tables, "table")}, ${plural(totals.routes, "route")}, ` +
      `${plural(totals.transactions, "transaction")} -> ${plural(proposed, "context")}`,
    WIDTH,
  );
}

/** What speaks against taking the code apart, each number with the reason for its threshold. */
function verdictLines({ verdict }: Analysis): string[] {
  const against = verdict.reasons.filter(({ speaks }) => speaks === "against");
  if (against.length === 0) return wrap(verdict.because, WIDTH - 2).map(indent);
  return against.slice(0, MOST_REASONS).flatMap(({ sentence }) => bullet(sentence));
}

function contextLines(analysis: Analysis): string[] {
  const rows = analysis.contexts.map(({ name, files }) => {
    const routes = analysis.routes.filter(({ context }) => context === name).length;
    const seams = analysis.seams.filter(({ from, to }) => from === name || to === name).length;
    const tables = analysis.tables.filter(({ context }) => context === name);
    const names = tables.map((table) => `${table.name}${table.contested ? "*" : ""}`).join(" ");
    return { name, size: files.length, row: [name, `${files.length}`, `${routes}`, `${seams}`, names] };
  });
  const bySize = sortedBy(
    rows,
    (row) => Number(row.name === SHARED),
    (row) => -row.size,
    (row) => row.name,
  );
  const left = bySize.length - MOST_CONTEXTS;
  const shown = left > 0 ? [...bySize.slice(0, MOST_CONTEXTS - 1), ...bySize.slice(-1)] : bySize;
  const header = ["context", "files", "routes", "seams", "tables (* another context writes it)"];
  return [
    ...renderTable(
      header,
      shown.map(({ row }) => row),
      WIDTH - 2,
      [1, 2, 3],
    ).map(indent),
    ...(left > 0 ? [`  and ${plural(left, "smaller one")} (--json has all)`] : []),
  ];
}

function seamLines(analysis: Analysis): string[] {
  const knots = sortedBy(
    tieKnots(analysis.seams.filter(({ kind }) => kind !== "type")),
    (knot) => SEAM_KINDS.indexOf(knot.kind),
    (knot) => (knot.target === "write" ? 0 : 1),
    (knot) => -knot.to.size,
    (knot) => -knot.weight,
    (knot) => knot.file,
    (knot) => knot.line,
  );
  if (knots.length === 0) return ["  none: no context depends on another"];
  return knots.slice(0, MOST_SEAMS).flatMap(({ kind, from, to, what, target, file, line }) => {
    const how = kind === "access" ? `${target} ` : "";
    return [
      shorten(`  ${kind.padEnd(11)} ${from} -> ${[...to].join(", ")}: ${how}${[...what].join(", ")}`, WIDTH),
      `${" ".repeat(14)}${shortenPlace({ file, line }, WIDTH - 14)}`,
    ];
  });
}

/** Seams of one kind at one place: a transaction over five contexts is one knot. */
type Knot = Omit<Seam, "to" | "what"> & { to: Set<string>; what: Set<string> };

function tieKnots(seams: readonly Seam[]): Knot[] {
  const knots = new Map<string, Knot>();
  for (const seam of seams) {
    const key = [seam.kind, seam.file, seam.line, seam.target].join("\0");
    const knot = knots.get(key) ?? { ...seam, weight: 0, to: new Set<string>(), what: new Set<string>() };
    knot.to.add(seam.to);
    for (const name of seam.what.split(", ")) knot.what.add(name);
    knots.set(key, { ...knot, weight: knot.weight + seam.weight });
  }
  return [...knots.values()];
}

function extractionLines({ extraction }: Analysis): string[] {
  const [first, ...others] = extraction.steps;
  if (!first) return ["  nothing: no context stands out"];
  const next = others.slice(0, 3).map((step) => `${step.context} (${costOf(step)})`);
  return [
    `  ${first.context} (${costOf(first)}), because`,
    ...first.reasons.flatMap((reason) => bullet(reason)),
    ...(first.against.length > 0 ? ["  against it speaks"] : []),
    ...first.against.flatMap((reason) => bullet(reason)),
    ...(next.length > 0 ? wrap(`then ${next.join(", ")}`, WIDTH - 2).map(indent) : []),
  ];
}

function costOf({ cost, benefit }: ExtractionStep): string {
  return `cost ${cost}, ${percent(benefit.share)} % of the benefit`;
}

function restLines({ cycles, orphans, unresolved, problems }: Analysis): string[] {
  const files = cycles.reduce((sum, cycle) => sum + cycle.files.length, 0);
  const crossing = cycles.filter((cycle) => cycle.contexts.length > 1).length;
  return wrap(
    `${plural(cycles.length, "import cycle")} over ${plural(files, "file")} (${crossing} across contexts), ` +
      `${plural(orphans.length, "orphan")}, ${plural(unresolved.length, "unresolved import")}, ` +
      `${plural(problems.length, "problem")}: --json lists each with its reason.`,
    WIDTH,
  );
}

function bullet(text: string): string[] {
  return hang("    - ", text, WIDTH);
}

function indent(line: string): string {
  return `  ${line}`;
}
