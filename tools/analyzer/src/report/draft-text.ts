import type { Draft } from "../draft/draft.ts";
import type { Seam } from "../findings/seams.ts";
import { beside, hang, shorten, shortenPlace, wrap } from "./fit.ts";
import { saySeam } from "./say-seam.ts";

/** Of a line of 80 without the sign of a comment and its space. */
const WIDTH = 78;
const MOST_CUTS = 12;

/**
 * What to know, as lines of a comment, and then the patch: the whole text can be piped into `git apply`, which skips
 * everything before the first file.
 */
export function renderDraft(draft: Draft): string {
  const lines = [...headLines(draft), "", ...cutLines(draft.cuts), ...noteLines(draft.notes)];
  const patch = draft.patch === "" ? "# Nothing to add: the plan has it all already.\n" : draft.patch;
  return `${lines.map((line) => (line === "" ? "#" : `# ${line}`)).join("\n")}\n${patch}`;
}

// --- internal ---

function headLines({ context, position, step }: Draft): string[] {
  if (!step || position === null) {
    return wrap(`${context}: not in the extraction order; it has neither a table nor a route of its own.`, WIDTH);
  }
  return [
    ...wrap(`${context}: number ${position} in the extraction order, cost ${step.cost}.`, WIDTH),
    ...step.against.flatMap((against) => hang("against it: ", against, WIDTH)),
    ...(step.build.length > 0 ? ["", "To build:"] : []),
    ...step.build
      .slice(0, MOST_CUTS)
      .map(({ remedy, what, owner, at }) => beside(`  ${remedy} ${owner}: ${what}`, at, WIDTH)),
    ...more(step.build.length),
  ];
}

function cutLines(cuts: readonly Seam[]): string[] {
  if (cuts.length === 0) return ["No seam to cut."];
  return [
    "Seams to cut, hardest first:",
    ...cuts
      .slice(0, MOST_CUTS)
      .flatMap((seam) => [
        shorten(`  ${saySeam(seam)}`, WIDTH),
        `    ${seam.remedy}: ${shortenPlace(seam, WIDTH - seam.remedy.length - 6)}`,
      ]),
    ...more(cuts.length),
  ];
}

function noteLines(notes: readonly string[]): string[] {
  return notes.length === 0 ? [] : ["", "To look at:", ...notes.flatMap((note) => hang("  ", note, WIDTH))];
}

function more(count: number): string[] {
  return count > MOST_CUTS ? [`  and ${count - MOST_CUTS} more (--json)`] : [];
}
