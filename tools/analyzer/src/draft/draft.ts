import { createTwoFilesPatch } from "diff";
import type { Analysis } from "../analysis.ts";
import type { TableFact } from "../facts.ts";
import type { ExtractionStep } from "../findings/extraction/extraction.ts";
import type { Seam } from "../findings/seams.ts";
import { hardestFirst } from "../findings/ties.ts";
import { draftRoutes } from "./draft-routes.ts";
import { draftStreams } from "./draft-streams.ts";

/** A file of the plan: null where it is not there yet. */
export type PlanFile = { file: string; text: string | null };

/** The plan for taking one context out: what to review, and a patch to apply. */
export type Draft = {
  context: string;
  /** Its place in the extraction order, from 1; null where it is not worth a step. */
  position: number | null;
  step: ExtractionStep | null;
  /** Seams with other contexts, hardest first: what has to be cut before the writes can move. */
  cuts: Seam[];
  /** What the draft could not know. */
  notes: string[];
  /** A unified diff of the plan's files; empty where nothing is to be added. */
  patch: string;
};

/** Drafts routes and a stream for a context of the analysis. `tables` carries the columns. Pure. */
export function draftExtraction(
  context: string,
  analysis: Analysis,
  tables: readonly TableFact[],
  plan: { routes: PlanFile; streams: PlanFile },
): Draft {
  const own = new Set(analysis.tables.filter((table) => table.context === context).map(({ name }) => name));
  const answered = analysis.routes.filter((route) => route.context === context && route.mounted);
  const routes = draftRoutes(plan.routes.file, plan.routes.text, context, answered);
  const streams = draftStreams(
    plan.streams.file,
    plan.streams.text,
    context,
    tables.filter(({ name }) => own.has(name)),
  );
  const position = analysis.extraction.steps.findIndex((step) => step.context === context);
  return {
    context,
    position: position < 0 ? null : position + 1,
    step: analysis.extraction.steps[position] ?? null,
    cuts: hardestFirst(
      analysis.seams.filter(({ from, to, kind }) => kind !== "type" && (from === context || to === context)),
    ),
    notes: [...routes.notes, ...streams.notes],
    patch: [patchOf(plan.routes, routes.text), patchOf(plan.streams, streams.text)].join(""),
  };
}

// --- internal ---

function patchOf({ file, text }: PlanFile, after: string): string {
  if (text === after) return "";
  return createTwoFilesPatch(text === null ? "/dev/null" : `a/${file}`, `b/${file}`, text ?? "", after, "", "", {
    context: 3,
  }).replace(/^=+\n/, "");
}
