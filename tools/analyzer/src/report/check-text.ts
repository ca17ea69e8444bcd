import type { Placement } from "../accepted/place.ts";
import type { BoundaryCheck } from "../boundaries/check-boundaries.ts";
import type { Crossing } from "../boundaries/crossing.ts";
import { plural } from "../plural.ts";
import type { Violation } from "../rules/check-imports.ts";

export type BoundaryReport = BoundaryCheck &
  Pick<Placement, "unplaced" | "unused"> & {
    /** The files that were held against the code, and the folder that was read. */
    file: string;
    baselineFile: string;
    path: string;
    /** Lines that were taken out of the baseline. */
    shrunk: number;
  };

export type RulesReport = { file: string; imports: number; rules: number; violations: Violation[] };

/** Null for the part that nobody asked for. */
export type CheckReport = { boundaries: BoundaryReport | null; rules: RulesReport | null };

/** What broke first, each with its place and what to do; one line of totals for each part at the end. */
export function renderCheck({ boundaries, rules }: CheckReport): string {
  const parts = [
    ...(boundaries ? [...crossingLines(boundaries), ...staleLines(boundaries), ...placeLines(boundaries)] : []),
    ...(rules ? rules.violations.map(renderViolation) : []),
    [...(boundaries ? [boundaryTotals(boundaries)] : []), ...(rules ? [ruleTotals(rules)] : [])].join("\n"),
  ];
  return `${parts.join("\n\n")}\n`;
}

// --- internal ---

/** The place, the import, the rule, the reason. */
function renderViolation({ file, line, specifier, rule, why }: Violation): string {
  return `${file}:${line} imports ${specifier}\n  breaks "${rule}": ${why}`;
}

function crossingLines({ fresh, path }: BoundaryReport): string[] {
  return fresh.map(({ crossing, seams }) => {
    const places = seams.map(({ file, line }) => `  ${inside(path, file)}:${line}`);
    const advice = seams[0] ? [`  ${seams[0].remedy}: ${seams[0].because}`] : [];
    return [`new: ${said(crossing)}`, ...new Set(places), ...advice].join("\n");
  });
}

function staleLines({ stale, baselineFile }: BoundaryReport): string[] {
  if (stale.length === 0) return [];
  const heading = `gone from the code, so "strangler check --shrink" takes it out of ${baselineFile}:`;
  return [[heading, ...stale.map((crossing) => `  ${said(crossing)}`)].join("\n")];
}

function placeLines({ unplaced, unused, file, path }: BoundaryReport): string[] {
  const homeless = [
    ...unplaced.files.map((name) => inside(path, name)),
    ...unplaced.tables.map((name) => `table ${name}`),
  ];
  return [
    ...(homeless.length === 0 ? [] : [list(`in no context: add it to ${file}, or run "strangler accept":`, homeless)]),
    ...(unused.length === 0
      ? []
      : [
          list(
            `named in ${file}, but not in the code (no failure):`,
            unused.map(({ context, what }) => `${context}: ${what}`),
          ),
        ]),
  ];
}

function list(heading: string, lines: readonly string[]): string {
  return [heading, ...lines.map((line) => `  ${line}`)].join("\n");
}

function said({ from, to, what }: Crossing): string {
  return `${from} -> ${to}: ${what}`;
}

function inside(path: string, file: string): string {
  return path === "." ? file : `${path.replace(/\/$/, "")}/${file}`;
}

function boundaryTotals({ fresh, stale, known, shrunk, unplaced }: BoundaryReport): string {
  const homeless = unplaced.files.length + unplaced.tables.length;
  return (
    `${plural(known.length, "known crossing")}, ${fresh.length} new, ${stale.length} stale, ` +
    `${plural(homeless, "file or table", "files or tables")} in no context` +
    `${shrunk > 0 ? `; ${shrunk} taken out of the baseline` : ""}.`
  );
}

function ruleTotals({ imports, rules, violations }: RulesReport): string {
  return `${plural(imports, "import")} held against ${plural(rules, "rule")}, ${violations.length} broken.`;
}
